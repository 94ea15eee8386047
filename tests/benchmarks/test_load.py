"""Load on a server: when requests are due, what is sent, and the generator against a server of ten lines."""

from __future__ import annotations

import itertools
import json
import random
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.latency import summary
from benchmarks.load_generator import read_head
from benchmarks.served import Answer, Call, Server, Texts, arrivals, body, send


@given(st.floats(0.1, 300), st.floats(0.1, 5), st.sampled_from(["constant", "poisson"]), st.integers(0, 9))
@settings(max_examples=40)
def test_arrivals_are_in_order_and_in_time(rate: float, seconds: float, kind: str, seed: int) -> None:
    times = arrivals(rate, seconds, kind, random.Random(seed))  # type: ignore[arg-type]
    assert times == sorted(times)
    assert all(0 <= at < seconds + 1e-6 for at in times)


def test_constant_arrivals_are_evenly_spaced() -> None:
    assert arrivals(4, 1, "constant", random.Random(0)) == [0, 0.25, 0.5, 0.75]
    assert arrivals(0, 1, "constant", random.Random(0)) == []


def test_poisson_arrivals_have_the_rate_and_the_variance_of_a_poisson_process() -> None:
    times = arrivals(50, 400, "poisson", random.Random(0))
    gaps = [after - before for before, after in itertools.pairwise(times)]
    mean = sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
    assert mean == pytest.approx(1 / 50, rel=0.05)
    assert variance == pytest.approx(1 / 50**2, rel=0.1)  # exponential gaps: the deviation is the mean


def test_no_text_comes_twice() -> None:
    texts = Texts(["a", "b"], seed=1)
    taken = texts.take(7) + texts.take(7) + Texts(["a", "b"], seed=2).take(7)
    assert len(set(taken)) == 21


def test_body_is_a_request_of_posts() -> None:
    assert json.loads(body(["x", "y"])) == {"posts": [{"id": "0", "text": "x"}, {"id": "1", "text": "y"}]}


def test_head_of_an_answer() -> None:
    assert read_head(b"HTTP/1.1 429 Too Many\r\ncontent-type: a\r\nContent-Length: 12\r\n\r\n") == (429, 12)
    with pytest.raises(ValueError, match="Content-Length"):
        read_head(b"HTTP/1.1 200 OK\r\n\r\n")


def test_refused_requests_have_no_latency_but_are_counted() -> None:
    answers = [Answer("one post", 1, 200, 0.010), Answer("one post", 1, 429, 0.001), Answer("9 posts", 9, 200, 0.5)]
    found = summary(answers, 2.0)
    assert found["one post"] | {"p50": 10.0} == found["one post"]
    assert (found["one post"]["requests"], found["one post"]["refused"]) == (2, 1)
    assert found["posts_per_s"] == 5.0


class _Answerer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        posts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["posts"]
        self.send_response(200 if posts[0]["text"] != "refuse" else 429)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None: ...


class _Server(socketserver.ThreadingMixIn, HTTPServer):
    daemon_threads = True


@pytest.mark.parametrize("clients", [None, 2])
def test_generator_sends_all_and_counts_from_when_they_are_due(clients: int | None) -> None:
    with _Server(("127.0.0.1", 0), _Answerer) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        calls = [Call(0.01 * at, "one", body([f"text {at}"])) for at in range(9)] + [Call(0.1, "bad", body(["refuse"]))]
        answers, seconds = send(Server(f"http://127.0.0.1:{http.server_address[1]}", 0), calls, clients)
        http.shutdown()
    assert sorted(answer.status for answer in answers) == [200] * 9 + [429]
    assert [answer.kind for answer in answers if answer.status == 429] == ["bad"]
    assert all(0 < answer.latency < 30 for answer in answers)
    assert seconds > 0.1 or clients is not None
