"""Why something did not go, as letters say it: other parts tell codes, and what the system says of a file. The board has the same
words in its translation files (`refusal`).

What is not known here stays as it was told: a reason that nobody reads in their language is better than none.
"""

from __future__ import annotations

import os
from errno import EACCES, EDQUOT, EIO, EMFILE, ENOENT, ENOSPC, EROFS

_FILES = {
    ENOSPC: ("the disk is full", "磁盘已满"),
    EDQUOT: ("the disk quota is used up", "磁盘配额已用完"),
    EROFS: ("the disk is read-only", "磁盘为只读"),
    EACCES: ("access to the files is denied", "无权访问文件"),
    EIO: ("the disk reports an error", "磁盘出错"),
    ENOENT: ("the folder is missing", "文件夹不存在"),
    EMFILE: ("too many files are open", "打开的文件过多"),
}
_CODES = {
    "not_a_number": ("it isn't a telephone number", "不是电话号码"),
    "denied": ("the rules don't allow it", "规则不允许"),
    "costly": ("it's a premium or costly number", "高额收费号码"),
    "unknown": ("its kind is unknown", "号码类型未知"),
    "foreign": ("it's in another country", "号码属于其他国家"),
    "calls_per_hour": ("this hour's calls are used up", "本小时的呼叫次数已用完"),
    "minutes_per_hour": ("this hour's minutes are used up", "本小时的通话分钟数已用完"),
    "calls_per_number": ("this number has been called often enough this hour", "本小时对该号码的呼叫次数已用完"),
}
_WORDS = _CODES | {os.strerror(number): words for number, words in _FILES.items()}
_LANGUAGES = ("en", "zh")


def reason_words(reason: str, language: str) -> str:
    """`reason` may have the path of a file before it, which is nobody's business in a letter."""
    known = _WORDS.get(reason) or _WORDS.get(reason.rpartition(": ")[2])
    return reason if known is None else known[_LANGUAGES.index(language)]
