"""A real server on a real socket, and clients that trickle, lie about lengths or speak no HTTP."""

import socket
import time

import httpx2
import pytest


@pytest.fixture
def address(impatient):
    return impatient[1]


@pytest.fixture
def talk(address):
    """Return a function that sends pieces, a moment apart, and returns all that came back."""

    def send(*pieces, pause_s=0.0, end=False):
        with socket.create_connection(address, timeout=5) as connection:
            try:
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(pause_s)
                if end:
                    connection.shutdown(socket.SHUT_WR)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the server had enough; what it said is read all the same
            return read_all(connection)

    return send


def read_all(connection):
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return received


def alive(address):
    return httpx2.get(f"http://{address[0]}:{address[1]}/healthz").status_code == 200


HEAD = b"POST /v1/reports HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"


def test_headers_that_trickle_are_not_waited_for(talk, address):
    began = time.monotonic()

    answer = talk(b"GET /v1/tables HTTP/1.1\r\n", *[b"x: y\r\n"] * 20, pause_s=0.1)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - began < 4.0
    assert alive(address)


def test_a_connection_that_says_nothing_is_closed(talk):
    assert talk().startswith(b"HTTP/1.1 408 ")


def test_a_second_request_that_trickles_is_not_waited_for_either(talk):
    first = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"

    answer = talk(first, b"GET /", *[b"a"] * 10, pause_s=0.1)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in answer


def test_a_body_that_trickles_is_not_waited_for(talk, address):
    answer = talk(HEAD + b"content-length: 1000\r\n\r\n", *[b"{"] * 10, pause_s=0.1)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"body-too-slow"' in answer
    assert alive(address)


def test_headers_without_end_are_not_kept(talk, address):
    answer = talk(b"GET / HTTP/1.1\r\n", *[b"x: " + b"y" * 1000 + b"\r\n"] * 100)

    assert answer.startswith(b"HTTP/1.1 431 ") or answer == b""
    assert alive(address)


def test_a_large_body_hears_why_it_is_refused(address):
    answer = httpx2.post(
        f"http://{address[0]}:{address[1]}/v1/reports",
        content=b" " * 3_000_000,
        headers={"content-type": "application/json"},
    )

    assert (answer.status_code, answer.json()["type"]) == (413, "body-too-large")


def test_chunks_without_end_are_refused_and_the_sender_hears_of_it(talk, address):
    chunk = b"fa0\r\n" + b" " * 4000 + b"\r\n"

    answer = talk(HEAD + b"transfer-encoding: chunked\r\n\r\n", *[chunk] * 40, b"0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert alive(address)


@pytest.mark.parametrize(
    "lines",
    [
        b"content-length: 5\r\ntransfer-encoding: chunked\r\n",
        b"transfer-encoding: chunked\r\ncontent-length: 5\r\n",
        b"content-length: 5\r\ncontent-length: 6\r\n",
        b"content-length: -1\r\n",
        b"content-length: 5,5\r\n",
        b"content-length: 0x10\r\n",
        b"transfer-encoding: xchunked\r\n",
        b"transfer-encoding: chunked, identity\r\n",
        b"transfer-encoding : chunked\r\n",
    ],
)
def test_a_request_whose_length_is_in_doubt_cannot_hide_another(talk, address, lines):
    hidden = b"DELETE /v1/tokens/hidden HTTP/1.1\r\nhost: x\r\n\r\n"

    answer = talk(HEAD + lines + b"\r\n0\r\n\r\n" + hidden, end=True)

    assert answer.count(b"HTTP/1.1 ") <= 1
    assert answer == b"" or answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 408 "))
    assert b"token-unknown" not in answer
    assert alive(address)


@pytest.mark.parametrize(
    "noise",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
        b"\x00" * 500,
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /v1/tables\x00 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET http:// HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /%00%ff%fe HTTP/1.1\r\nhost: x\r\nx: \xff\xfe\r\n\r\n",
        b"CONNECT evil.example:80 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nx: a\r\n b\r\n\r\n",
    ],
)
def test_what_is_no_request_is_no_fault_of_the_server(talk, impatient, noise):
    answer = talk(noise, end=True)

    assert not answer.startswith(b"HTTP/1.1 5")
    assert alive(impatient[1])
    assert impatient[0].poll() is None
