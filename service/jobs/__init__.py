"""Jobs: archives that are scored through HTTP, in the bulk lane, while interactive requests go on.

    POST /jobs -> upload or fetch -> store (files) + queue (database) -> runner -> work -> parts -> results

The database says which jobs there are, who works on them and which parts are done; the store holds their files. Both may be
shared by replicas: a job belongs to the one that has its lease, and what others still write for it counts for nothing.
Needs the extra `civility[jobs]`, imported by `service.jobs.service` alone.
"""
