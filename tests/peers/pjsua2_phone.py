"""A SIP phone in a process of its own, for tests: calls, answers, plays, records what it hears, sends digits.

    python -m tests.peers.pjsua2_phone [--host 127.0.0.1] [--port 0] [--codec PCMU] [--max-calls 4]

One JSON object a line. On standard input, commands; `call` names a call of this phone (default "1"):
    {"do": "call", "uri": "sip:100@127.0.0.1:5060", "name": "Ann", "number": "+4930…", "headers": {"X-A": "b"}}
    {"do": "answer"} {"do": "reject", "status": 486} {"do": "hang_up"}
    {"do": "play", "file": "x.wav", "loop": true} {"do": "tone", "hz": 440} {"do": "quiet"}
    {"do": "record", "file": "heard.wav"} {"do": "stop_recording"}
    {"do": "digits", "digits": "12#", "method": "rfc4733"|"sip_info"} {"do": "hold"} {"do": "resume"}
    {"do": "statistics"} {"do": "quit"}
On standard output, news:
    {"news": "ready", "port": 40000} {"news": "incoming", "call": "in1", "from": …}
    {"news": "state", "call": "1", "state": "calling|early|confirmed|disconnected", "status": 200, "reason": "OK"}
    {"news": "sound", "call": "1", "active": true} {"news": "digit", "call": "1", "digit": "5"}
    {"news": "recording", "call": "1"} {"news": "recorded", "call": "1", "file": …} {"news": "statistics", …}
    {"news": "error", "text": …}

It uses pjsua2's own player, recorder and tone generator, not Patchbay's engine: what it hears is independent evidence.
Python's handle on such a process is `tests.peers.phone.Phone`.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import sys
from typing import Any

import patchbay_media
import pjsua2 as pj

STATES = {
    pj.PJSIP_INV_STATE_CALLING: "calling",
    pj.PJSIP_INV_STATE_EARLY: "early",
    pj.PJSIP_INV_STATE_CONFIRMED: "confirmed",
    pj.PJSIP_INV_STATE_DISCONNECTED: "disconnected",
}
STEP_MS = 10
DTMF_IS_UPDATE = 1
"""PJMEDIA_STREAM_DTMF_IS_UPDATE, which pjsua2 does not export."""


def publish(news: str, **fields: Any) -> None:
    sys.stdout.write(json.dumps({"news": news, **fields}) + "\n")
    sys.stdout.flush()


def is_closed(path: str) -> bool:
    """The recorder's port is destroyed at the bridge's next tick; then the header tells the file's true length."""
    with open(path, "rb") as file:
        head = file.read(8)
    return len(head) == 8 and int.from_bytes(head[4:], "little") + 8 == os.path.getsize(path)


class PhoneCall(pj.Call):  # type: ignore[misc]
    """One call of this phone, with what it plays and where it records."""

    def __init__(self, phone: Phone, name: str, pj_call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(phone.account, pj_call_id)
        self.name = name
        self.phone = phone
        self.source: Any = None
        self.recorder: Any = None
        self.record_to = ""

    def onCallState(self, prm: Any) -> None:  # noqa: N802
        info = self.getInfo()
        if info.state in STATES:
            status, reason = info.lastStatusCode, info.lastReason
            publish("state", call=self.name, state=STATES[info.state], status=status, reason=reason)
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.phone.over(self)

    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802
        sound = self.sound()
        if sound is not None:
            if self.source is not None:
                self.source.startTransmit(sound)
            if self.recorder is not None:
                sound.startTransmit(self.recorder)
        publish("sound", call=self.name, active=sound is not None)

    def onDtmfEvent(self, prm: Any) -> None:  # noqa: N802
        if not prm.flags & DTMF_IS_UPDATE:
            publish("digit", call=self.name, digit=prm.digit)

    def sound(self) -> Any:
        return self.getAudioMedia(-1) if patchbay_media.call_slot(self.getId()) >= 0 else None

    def play(self, source: Any) -> None:
        self.quiet()
        self.source = source
        sound = self.sound()
        if sound is not None:
            source.startTransmit(sound)

    def quiet(self) -> None:
        self.source = None

    def record(self, path: str) -> None:
        self.stop_recording()
        self.record_to = path
        self.recorder = pj.AudioMediaRecorder()
        self.recorder.createRecorder(path)
        sound = self.sound()
        if sound is not None:
            sound.startTransmit(self.recorder)
        publish("recording", call=self.name)

    def stop_recording(self) -> None:
        if self.recorder is not None:
            self.recorder = None
            self.phone.closing.append((self.name, self.record_to))


class PhoneAccount(pj.Account):  # type: ignore[misc]
    def __init__(self, phone: Phone) -> None:
        super().__init__()
        self.phone = phone

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        self.phone.ringing(prm)


class Phone:
    """Owns the endpoint; everything runs on the main thread, between two looks at standard input."""

    def __init__(self, options: argparse.Namespace) -> None:
        patchbay_media.set_log_level(0)
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        self.endpoint.libInit(self._config(options))
        patchbay_media.keep_python_off_the_bridge()
        self.host = options.host
        self.transport = options.transport
        self.port = self._bind(options)
        self.endpoint.libStart()
        self.endpoint.audDevManager().setNullDev()
        for info in self.endpoint.codecEnum2():
            wanted = info.codecId.split("/")[0].lower() == options.codec.lower()
            self.endpoint.codecSetPriority(info.codecId, 255 if wanted else 0)
        self.account: Any = PhoneAccount(self)
        self.account.create(self._account_config(), True)
        self.calls: dict[str, PhoneCall] = {}
        self.ended: list[PhoneCall] = []
        self.closing: list[tuple[str, str]] = []
        """Recordings (call, file) that are about to be complete."""
        self.incoming = 0
        self.running = True

    def _config(self, options: argparse.Namespace) -> Any:
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.maxCalls = options.max_calls
        config.uaConfig.userAgent = "Patchbay test phone"
        config.logConfig.level = config.logConfig.consoleLevel = 0
        config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
        config.medConfig.audioFramePtime = 20
        config.medConfig.noVad = True
        config.medConfig.ecTailLen = 0
        config.medConfig.maxMediaPorts = options.max_calls * 4 + 16
        config.medConfig.sndAutoCloseTime = -1
        return config

    def _bind(self, options: argparse.Namespace) -> int:
        transport = pj.TransportConfig()
        transport.boundAddress = options.host
        transport.port = options.port
        kinds = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP}
        opened = self.endpoint.transportCreate(kinds[options.transport], transport)
        return int(self.endpoint.transportGetInfo(opened).localName.rsplit(":", 1)[1])

    def _account_config(self) -> Any:
        config = pj.AccountConfig()
        config.idUri = f'"Test Phone" <sip:phone@{self.host}:{self.port}>'
        config.regConfig.registerOnAdd = False
        config.mediaConfig.ipv6Use = pj.PJSUA_IPV6_DISABLED
        config.mediaConfig.transportConfig.boundAddress = self.host
        return config

    # news

    def ringing(self, prm: Any) -> None:
        self.incoming += 1
        call = PhoneCall(self, f"in{self.incoming}", prm.callId)
        self.calls[call.name] = call
        prm180 = pj.CallOpParam()
        prm180.statusCode = pj.PJSIP_SC_RINGING
        call.answer(prm180)
        publish("incoming", call=call.name, **{"from": call.getInfo().remoteUri})

    def report_recordings(self) -> None:
        for entry in [entry for entry in self.closing if is_closed(entry[1])]:
            self.closing.remove(entry)
            publish("recorded", call=entry[0], file=entry[1])

    def over(self, call: PhoneCall) -> None:
        call.quiet()
        call.stop_recording()
        self.calls.pop(call.name, None)
        self.ended.append(call)

    # commands

    def do_call(self, call: str, uri: str, name: str = "", number: str = "", headers: dict[str, str] | None = None) -> None:
        prm = pj.CallOpParam(True)
        if name or number:
            prm.txOption.localUri = f'"{name}" <sip:{number or "phone"}@{self.host}:{self.port}>'
        for header_name, value in (headers or {}).items():
            header = pj.SipHeader()
            header.hName, header.hValue = header_name, value
            prm.txOption.headers.append(header)
        self.calls[call] = PhoneCall(self, call)
        self.calls[call].makeCall(f"{uri};transport=tcp" if self.transport == "tcp" else uri, prm)

    def do_answer(self, call: str) -> None:
        prm = pj.CallOpParam()
        prm.statusCode = pj.PJSIP_SC_OK
        self.calls[call].answer(prm)

    def do_reject(self, call: str, status: int) -> None:
        prm = pj.CallOpParam()
        prm.statusCode = status
        self.calls[call].hangup(prm)

    def do_hang_up(self, call: str) -> None:
        if call in self.calls:
            self.calls[call].hangup(pj.CallOpParam())

    def do_play(self, call: str, file: str, loop: bool = False) -> None:
        player = pj.AudioMediaPlayer()
        player.createPlayer(file, 0 if loop else pj.PJMEDIA_FILE_NO_LOOP)
        self.calls[call].play(player)

    def do_tone(self, call: str, hz: int) -> None:
        generator = pj.ToneGenerator()
        generator.createToneGenerator(8000, 1)
        desc = pj.ToneDesc()
        desc.freq1, desc.freq2, desc.on_msec, desc.off_msec, desc.volume = hz, 0, 1000, 0, 8192
        tones = pj.ToneDescVector()
        tones.append(desc)
        generator.play(tones, True)
        self.calls[call].play(generator)

    def do_quiet(self, call: str) -> None:
        self.calls[call].quiet()

    def do_record(self, call: str, file: str) -> None:
        self.calls[call].record(file)

    def do_stop_recording(self, call: str) -> None:
        self.calls[call].stop_recording()

    def do_digits(self, call: str, digits: str, method: str = "rfc4733") -> None:
        prm = pj.CallSendDtmfParam()
        rfc4733 = method == "rfc4733"
        prm.method = pj.PJSUA_DTMF_METHOD_RFC2833 if rfc4733 else pj.PJSUA_DTMF_METHOD_SIP_INFO
        prm.duration = 100
        prm.digits = digits
        self.calls[call].sendDtmf(prm)

    def do_hold(self, call: str) -> None:
        self.calls[call].setHold(pj.CallOpParam())

    def do_resume(self, call: str) -> None:
        prm = pj.CallOpParam(True)
        prm.opt.flag = pj.PJSUA_CALL_UNHOLD
        self.calls[call].reinvite(prm)

    def do_statistics(self, call: str) -> None:
        raw = patchbay_media.call_statistics(self.calls[call].getId())
        publish(
            "statistics",
            call=call,
            codec=raw.codec,
            sent=raw.packets_sent,
            received=raw.packets_received,
            lost=raw.packets_lost,
            lost_remote=raw.packets_lost_remote,
        )

    def do_quit(self, call: str) -> None:
        self.running = False

    def obey(self, line: str) -> None:
        command = json.loads(line)
        action = getattr(self, f"do_{command.pop('do')}")
        try:
            action(**{"call": "1", **command})
        except (pj.Error, RuntimeError, KeyError) as problem:
            text = getattr(problem, "reason", None) or repr(problem)
            publish("error", text=f"{action.__name__}: {text}")

    # life

    def run(self) -> None:
        publish("ready", port=self.port)
        pending = b""
        while self.running:
            self.endpoint.libHandleEvents(STEP_MS)
            self.ended.clear()
            self.report_recordings()
            while select.select([0], [], [], 0)[0]:
                data = os.read(0, 65536)
                if not data:
                    self.running = False
                    break
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    self.obey(line.decode())
        self.close()

    def close(self) -> None:
        self.endpoint.hangupAllCalls()
        for _ in range(50):
            if not self.calls:
                break
            self.endpoint.libHandleEvents(STEP_MS)
        for call in self.calls.values():
            call.quiet()
            call.stop_recording()
        self.calls.clear()
        self.ended.clear()
        self.account = None
        self.endpoint.libDestroy(pj.PJSUA_DESTROY_NO_RX_MSG)


def main() -> None:
    parser = argparse.ArgumentParser(description="A SIP phone for tests, driven by JSON lines")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--transport", choices=("udp", "tcp"), default="udp")
    parser.add_argument("--codec", default="PCMU")
    parser.add_argument("--max-calls", type=int, default=8)
    Phone(parser.parse_args()).run()


if __name__ == "__main__":
    main()
