"""What an e-mail says of an entry, in the reader's language. Pure; a test holds codes and words together.

`{queue}`, `{agent}`: names; other places are figures, said by `_said`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.attention import Entry, Severity
from server.attention.reasons import reason_words

Words = tuple[str, str]
"""Headline, and the figures behind it."""

EN: dict[str, Words] = {
    "queue_nobody": ("{queue}: {waiting} waiting, no one reachable", "Matching agents: {unreachable} unreachable, {away} away."),
    "queue_waiting": ("{queue}: {waiting} waiting", "Threshold: {limit}."),
    "queue_oldest": (
        "{queue}: longest wait over target",
        "Since {oldest_since}. Target {promise_s} s. {waiting} waiting.",
    ),
    "queue_service_level": (
        "{queue}: service level {share}, target {limit}",
        "{late} of {contacts} late or abandoned.",
    ),
    "queue_abandoned": ("{queue}: {share} abandoned", "{abandoned} of {contacts} gave up in the last 30 minutes."),
    "missed_rings": ("{agent} missed calls: {times}", "Last at {last_at}, {queue}."),
    "declined": ("{agent} declined calls: {times}", "Last at {last_at}, {queue}."),
    "calls_cut": ("Calls dropped: {times}", "Last at {last_at} ({cause})."),
    "node_lost": ("A media node is down", "The calls on it ended. It restarts by itself."),
    "no_node": ("No media node is running", "Calls can't come in or go out."),
    "node_full": ("A media node is nearly full", "{legs} of {max_legs} connections in use."),
    "no_recognizer": ("No live transcripts", "No speech engine is running. Calls still work."),
    "trunk_down": ("Trunk {subject} is failing", "Last answer: {status} (0: none)."),
    "disk_low": ("{free_gib} GiB of disk space left", "Recording stops when the disk is full."),
    "certificate_ends": ("The HTTPS certificate is about to expire", "It expires at {ends_at}."),
    "certificate_failed": ("The HTTPS certificate can't be renewed", "Reason: {problem}. patchbay doctor says more."),
    "dead_letters": ("Failed messages: {count}", "They couldn't be processed. Nothing else is affected."),
    "child_keeps_ending": ("A process keeps stopping: {subject}", "{times} times in a row ({how})."),
    "callback_not_dialled": ("A callback couldn't be dialled", "{reason}."),
    "callback_not_allowed": ("A callback's number isn't allowed", "{reason}."),
    "callback_limit": ("Callbacks are paused", "{reason}."),
    "recording_stopped": ("A recording stopped", "The call goes on without it ({reason})."),
    "places_lost": (
        "Callers who lost their place: {count}",
        "They were given new ones. Check that agents are available.",
    ),
    "flow_broke": ("A flow stopped with an error", "The call was ended. The log from that time shows the reason."),
    "flow_not_published": ("Flow {subject} isn't published", "A call reached it and was disconnected."),
    "no_voice": ("Prompts can't be spoken", "Callers hear a tone instead ({reason})."),
    "other": ("Something is wrong: {code}", ""),
}
ZH: dict[str, Words] = {
    "queue_nobody": ("{queue}：{waiting} 人等待，无人可接", "符合条件的坐席：{unreachable} 人无法接通，{away} 人离开。"),
    "queue_waiting": ("{queue}：{waiting} 人等待", "阈值：{limit}。"),
    "queue_oldest": ("{queue}：最长等待超出目标", "自 {oldest_since} 起等待，目标 {promise_s} 秒，{waiting} 人等待。"),
    "queue_service_level": ("{queue}：服务水平 {share}，目标 {limit}", "30 分钟内 {contacts} 个中有 {late} 个超时或放弃。"),
    "queue_abandoned": ("{queue}：放弃率 {share}", "最近 30 分钟 {contacts} 个中有 {abandoned} 个放弃。"),
    "missed_rings": ("{agent} 漏接了 {times} 次", "最近一次 {last_at}，{queue}。"),
    "declined": ("{agent} 拒接了 {times} 次", "最近一次 {last_at}，{queue}。"),
    "calls_cut": ("{times} 通电话中断", "最近一次 {last_at}（{cause}）。"),
    "node_lost": ("一个媒体节点失去联系", "其上的通话已结束。会自动重启。"),
    "no_node": ("没有媒体节点在运行", "电话无法呼入或呼出。"),
    "node_full": ("一个媒体节点即将满载", "已使用 {legs} / {max_legs} 个连接。"),
    "no_recognizer": ("没有实时转写", "没有语音识别在运行。通话不受影响。"),
    "trunk_down": ("中继 {subject} 出现故障", "最近的响应：{status}（0：无响应）。"),
    "disk_low": ("磁盘空间仅剩 {free_gib} GiB", "磁盘写满后录音将停止。"),
    "certificate_ends": ("HTTPS 证书即将到期", "到期时间：{ends_at}。"),
    "certificate_failed": ("HTTPS 证书无法续期", "原因：{problem}。详情见 patchbay doctor。"),
    "dead_letters": ("{count} 条消息处理失败", "无法处理这些消息。其他不受影响。"),
    "child_keeps_ending": ("一个进程不断停止：{subject}", "连续 {times} 次（{how}）。"),
    "callback_not_dialled": ("有一个回电无法拨出", "{reason}。"),
    "callback_not_allowed": ("有一个回电号码不被允许", "{reason}。"),
    "callback_limit": ("回电已暂停", "{reason}。"),
    "recording_stopped": ("一段录音中断", "通话在没有录音的情况下继续（{reason}）。"),
    "places_lost": ("{count} 位来电者失去了排队位置", "已重新排队。请确认有坐席可接听。"),
    "flow_broke": ("一个流程因错误停止", "通话已结束。原因见当时的日志。"),
    "flow_not_published": ("流程 {subject} 尚未发布", "有来电进入该流程，已被挂断。"),
    "no_voice": ("无法播报语音提示", "来电者听到提示音（{reason}）。"),
    "other": ("出现问题：{code}", ""),
}
WORDS: dict[str, dict[str, Words]] = {"en": EN, "zh": ZH}
_SEVERITY = {
    "en": {Severity.RED: "Now", Severity.AMBER: "Soon", Severity.GREY: "Later"},
    "zh": {Severity.RED: "立即", Severity.AMBER: "尽快", Severity.GREY: "稍后"},
}
_CLEARED = {"en": "Cleared", "zh": "已恢复"}
_SINCE = {"en": "Since {time}.", "zh": "自 {time} 起。"}
_UNTIL = {"en": "Cleared at {time}.", "zh": "{time} 恢复。"}
_TEST = {
    "en": ("Test message", "E-mails about what needs attention arrive here."),
    "zh": ("测试邮件", "需要关注的事项会发送到这里。"),
}
_SHARES = frozenset({"share"})
_MOMENTS = ("_at", "_since")


class _Figures(dict[str, str]):
    """A figure that an older release did not send is a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


class Sender(NamedTuple):
    """The installation that tells."""

    name: str
    zone: str
    """IANA name: whose clock the letters speak of."""


def letter(what: str, entry: Entry, names: Mapping[str, str], sender: Sender, language: str) -> tuple[str, str]:
    """Subject and text."""
    headline, why = WORDS[language].get(entry.code, WORDS[language]["other"])
    said = _Figures({name: _said(name, value, entry.code, sender.zone) for name, value in entry.figures.items()})
    if "reason" in said:
        said["reason"] = reason_words(said["reason"], language)
    said |= {"code": entry.code, "subject": entry.subject.id, **names}
    state = _CLEARED[language] if what == "cleared" else _SEVERITY[language][entry.severity]
    lines = [headline.format_map(said), why.format_map(said), _SINCE[language].format(time=_moment(entry.since, sender.zone))]
    if entry.cleared_at is not None:
        lines.append(_UNTIL[language].format(time=_moment(entry.cleared_at, sender.zone)))
    return f"[{sender.name}] {state}: {lines[0]}", "\n".join([*filter(None, lines), ""])


def trial_letter(installation: str, language: str) -> tuple[str, str]:
    subject, text = _TEST[language]
    return f"[{installation}] {subject}", text + "\n"


def _said(name: str, value: str | int | float, code: str, zone: str) -> str:
    if name.endswith(_MOMENTS) and isinstance(value, int | float):
        return _moment(float(value), zone)
    if name in _SHARES or (name == "limit" and code != "queue_waiting"):
        return f"{float(value):.0%}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _moment(at: float, zone: str) -> str:
    return datetime.fromtimestamp(at, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
