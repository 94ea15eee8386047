"""JobPlace: the queue and the store of jobs, which are opened, and checked to belong together, when they are first needed."""

from __future__ import annotations

import threading

from service.database import Database
from service.jobs.queue import JobQueue
from service.jobs.store import JobStore
from service.settings import Settings


class JobPlace:
    """Where jobs are. Any thread may use it. Raises `DatabaseError`, `OSError`, `SettingsError` from all but `there`."""

    def __init__(self, database: Database, store: JobStore, settings: Settings) -> None:
        self.database = database
        self._queue = JobQueue(database, settings)
        self._store = store
        self._checked = False
        self._lock = threading.Lock()

    @property
    def there(self) -> bool:
        """False as long as there has never been a job in a database of our own: it is then not even made."""
        return self._checked or self.database.exists

    @property
    def queue(self) -> JobQueue:
        self.check()
        return self._queue

    @property
    def store(self) -> JobStore:
        self.check()
        return self._store

    def check(self) -> None:
        """Whether the store is the database's."""
        with self._lock:
            if not self._checked:
                self._store.check(self.database.identity())
                self._checked = True

    def sweep(self) -> None:
        """Remove the files of jobs that have expired or were cancelled, and those that are nobody's.

        A job is in the queue before it has files, so what the store had before the queue was read can be judged.
        """
        store, queue = self.store, self.queue
        for job in queue.expire():
            store.delete_job(job)
            queue.purged(job)
        there = store.jobs()
        known = queue.ids()
        for job in there:
            if job not in known:
                store.delete_job(job)
