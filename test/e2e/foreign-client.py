"""A wearable written against docs/protocol.md alone, with Debian's websockets and cbor2.

Streams one run of sequence numbers over two connections and prints what it was sent as JSON lines.
"""

import argparse
import asyncio
import json
import ssl
import struct
import time

import websockets


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="wss://host:port/v1/stream")
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--authority", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--stream", required=True, help="UUID of this run of sequence numbers")
    parser.add_argument("--begin", required=True, type=int, help="time of the first sample, epoch ms")
    parser.add_argument("--encoding", required=True, choices=["json", "cbor"])
    return parser.parse_args()


class Codec:
    """Frames to messages and back, for one sub-protocol."""

    def __init__(self, encoding):
        self.subprotocol = f"vitalwire.v1.{encoding}"
        self.cbor = None
        if encoding == "cbor":
            import cbor2

            self.cbor = cbor2

    def encode(self, frame):
        return self.cbor.dumps(frame) if self.cbor else json.dumps(frame)

    def decode(self, message):
        return self.cbor.loads(message) if self.cbor else json.loads(message)

    def floats(self, values):
        """In CBOR a typed array of little-endian float32 (RFC 8746, tag 85)."""
        if not self.cbor:
            return values
        return self.cbor.CBORTag(85, struct.pack(f"<{len(values)}f", *values))


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


async def connect(arguments, codec, tls):
    socket = await websockets.connect(
        arguments.url,
        ssl=tls,
        subprotocols=[codec.subprotocol],
        extra_headers={"Authorization": f"Bearer {arguments.token}"},
    )
    say("open", subprotocol=socket.subprotocol)
    return socket


async def main(arguments):
    tls = ssl.create_default_context(cafile=arguments.authority)
    tls.load_cert_chain(arguments.certificate, arguments.key)
    codec = Codec(arguments.encoding)
    begin = arguments.begin

    def vitals(seq, **values):
        return {"type": "vitals", "seq": seq, "samples": [{"t": begin + seq * 1000, **values}]}

    async def send(socket, frame):
        await socket.send(codec.encode(frame))

    async def receive_until(socket, wanted):
        while True:
            frame = codec.decode(await asyncio.wait_for(socket.recv(), 10))
            say("frame", **{"frame": frame})
            if wanted(frame):
                return

    hello = {
        "type": "hello",
        "stream": arguments.stream,
        "time": int(time.time() * 1000),
        "ack_interval_ms": 0,
    }

    first = await connect(arguments, codec, tls)
    await send(first, hello)
    await receive_until(first, lambda frame: frame["type"] == "welcome")
    await send(first, vitals(1, heart_rate=71, spo2=97))
    wrong = vitals(2, heart_rate=72)
    wrong["samples"].append({"t": begin + 2500, "spo2": 140})
    await send(first, wrong)
    await send(first, {"type": "status", "seq": 3, "battery_percent": 81, "worn": True})
    await send(
        first,
        {
            "type": "waveform",
            "seq": 4,
            "signal": "ecg_ii",
            "t": begin,
            "rate_hz": 250,
            "values": codec.floats([0.5, -0.25, 0.125]),
        },
    )
    await receive_until(first, lambda frame: frame["type"] == "ack" and frame["seq"] >= 4)
    # The network is lost: no close frame.
    first.transport.abort()

    second = await connect(arguments, codec, tls)
    await send(second, hello)
    await receive_until(second, lambda frame: frame["type"] == "welcome")
    await send(second, vitals(2, heart_rate=72))
    await send(second, vitals(5, heart_rate=75))
    await receive_until(second, lambda frame: frame["type"] == "ack" and frame["seq"] >= 5)
    await second.close(1000)
    say("closed", code=second.close_code)


asyncio.run(main(parse_arguments()))
