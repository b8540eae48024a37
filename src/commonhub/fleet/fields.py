"""The kinds of values in fleet files: each checks itself, refuses in words, and describes itself in JSON Schema."""

import datetime as dt
import re
import zoneinfo
from typing import Annotated, Any, Final, Literal, NoReturn, Self
from urllib.parse import urlsplit

import pydantic
import pydantic_core

from commonhub.fleet import names, quantities

NO_LIMIT: Final = "none"

# Characters that a value may have. The columns of the records that mirror the files are as wide, so that nothing that a
# file may say is refused by a database afterwards: SQLite takes what is too long, PostgreSQL does not.
WORD_MAX: Final = 300
TITLE_MAX: Final = 200
EMAIL_MAX: Final = 254  # RFC 5321, 4.5.3.1.3, with erratum 1690
ZONE_MAX: Final = 64
ADDRESS_MAX: Final = 200  # of the portal; a hub's is longer by its label
_ELSEWHERE: Final = re.compile(r"<[^<>]{1,200}>")
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


_UNKEEPABLE: Final = re.compile("[\0\ud800-\udfff]")  # PostgreSQL keeps no NUL, and UTF-8 has no lone surrogates


class Model(pydantic.BaseModel):
    """Unknown keys are faults; values never change. The words below each key stand in the reference and in editors."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @pydantic.model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        for name in self.model_fields_set:
            if _holds_unkeepable(getattr(self, name)):
                refuse(f"{name} holds a character that no database keeps.", "Take \\0 or the half character out.")
        return self


def _holds_unkeepable(value: object) -> bool:
    """Whether a text in it can't be kept; models below have looked at theirs."""
    if isinstance(value, str):
        return _UNKEEPABLE.search(value) is not None
    if isinstance(value, dict):
        return any(_holds_unkeepable(each) for pair in value.items() for each in pair)
    return isinstance(value, list | tuple) and any(map(_holds_unkeepable, value))


def refuse(problem: str, mend: str) -> NoReturn:
    """Say from inside a validation what is wrong and what to do; `wording` makes a fault of it."""
    raise pydantic_core.PydanticCustomError("words", "{problem} {mend}", {"problem": problem, "mend": mend})


def _size(value: object) -> int | Literal["none"]:
    if value == NO_LIMIT:
        return "none"
    size = quantities.bytes_of(value)
    return (
        refuse(f"{value!r} is no size.", "Write a size such as 512M, 1.5G or 2Gi, or none.") if size is None else size
    )


def _cores(value: object) -> float | Literal["none"]:
    if value == NO_LIMIT:
        return "none"
    cores = quantities.cores_of(value)
    return (
        refuse(f"{value!r} is no number of cores.", "Write a number such as 0.5 or 2, or none.")
        if cores is None
        else cores
    )


def _seconds(value: object) -> int:
    seconds = quantities.seconds_of(value)
    return refuse(f"{value!r} is no time.", "Write a time such as 90s, 10m or 12h.") if seconds is None else seconds


def _count(value: object) -> int:
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 7 else value
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 100_000:
        refuse(f"{value!r} is no count.", "Write a whole number such as 1.")
    return number


def _variable(value: object) -> str | dict[str, str | bool]:
    if isinstance(value, str):
        return value
    keys = {"secret", "key"}
    if isinstance(value, dict) and keys <= set(value) <= {*keys, "optional"}:
        fits = all(isinstance(value[key], str) and value[key] for key in keys)
        if fits and isinstance(value.get("optional", False), bool):
            return dict(value)
    refuse("A variable is text.", "Put it in quotes, or write {secret: name, key: key} for what a secret says.")


def _port_name(value: object) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str) or not 0 < len(str(value)) < 64:
        refuse(f"{value!r} is no port.", "Write its number or its name.")
    return value


def _elsewhere(value: object) -> str:
    if not isinstance(value, str) or not _ELSEWHERE.fullmatch(value):
        refuse("A password does not belong into a fleet.", "Write where it stands in angle brackets: <in the vault>.")
    return value


def _age(value: object) -> int:
    return 0 if value == NO_LIMIT else _seconds(value)


def _host(value: str) -> str:
    if not names.is_host(value):
        refuse(f"{value!r} is no host name.", "Write it like hub.example.org: small letters, no port, no path.")
    return value


def _handle(value: str) -> str:
    if not names.is_handle(value):
        refuse(f"{value!r} cannot be the name of an account.", names.HANDLE_RULE)
    if value in names.KEPT_HANDLES:
        refuse(f"The account name {value!r} is kept for the service.", "Choose another.")
    return value


def _name(value: str) -> str:
    if not names.is_name(value):
        refuse(f"{value!r} cannot be a name.", names.RULE)
    return value


def _id(value: str) -> str:
    if not names.is_id(value):
        refuse(f"{value!r} cannot be a word of the responsibility model.", "Use small letters, digits and hyphens.")
    return value


def _mail_domain(value: str) -> str:
    if not names.is_host(value) or "." not in value:
        refuse(f"{value!r} is no domain of e-mail addresses.", "Write what follows the @, such as uni.example.edu.")
    return value


def _day(value: object) -> dt.date:
    if type(value) is dt.date:
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    refuse(f"{value!r} is no day.", "Write it as year-month-day, such as 2026-03-31.")


def _moment(value: object) -> dt.date | dt.datetime:
    if isinstance(value, dt.date):
        return value
    try:
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            return dt.datetime.fromisoformat(value)
    except ValueError:
        pass
    if isinstance(value, str) and _DAY.fullmatch(value):
        return _day(value)
    refuse(f"{value!r} is no moment.", "Write a day such as 2026-03-31, or a time such as 2026-03-31T09:00.")


def _source(value: str) -> str:
    if "." in value:
        return _host(value)
    if value not in names.PACKAGE_SOURCES:
        known = ", ".join(names.PACKAGE_SOURCES)
        refuse(f"{value!r} is no package source.", f"Write {known}, or a host name.")
    return value


def _interface(value: str) -> str:
    if not value.startswith("/") or not value.isprintable() or ".." in value or "\\" in value:
        refuse(f"{value!r} is no interface.", "Write a path such as /lab, /tree or /rstudio.")
    return value


def _email(value: str) -> str:
    if len(value.lower()) > EMAIL_MAX:  # a letter or two grow with it, and records keep small letters
        refuse("The e-mail address is too long.", "Shorten it.")
    return value


def _time_zone(value: str) -> str:
    try:
        found = zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        found = None
    if found is None or len(value) > ZONE_MAX:
        refuse(f"{value!r} is no time zone.", "Write one like Africa/Blantyre or Europe/Lisbon.")
    return value


def _url(value: str) -> str:
    mend = "Write it like http://localhost:8000 or https://hubs.example.org, with nothing after the port."
    try:
        parts = urlsplit(value)
        fits = parts.scheme in {"http", "https"} and not parts.username and (parts.port is None or parts.port > 0)
    except ValueError:
        fits = False
    if not fits:
        refuse(f"{value!r} is no public address.", mend)
    host = parts.hostname or ""
    plain = (
        value == value.lower() and len(value) <= ADDRESS_MAX and (names.is_host(host) or names.is_bare_address(host))
    )
    if not plain or parts.path not in {"", "/"} or parts.query or parts.fragment:
        refuse(f"{value!r} is no public address.", mend)
    return value.rstrip("/")


def _listen(value: str) -> str:
    host, _, port = value.rpartition(":")
    known = names.is_host(host) or names.is_bare_address(host)
    if not known or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65536:
        refuse(f"{value!r} is no place to listen.", "Write an address and a port such as 127.0.0.1:8000.")
    return value


def _pattern(kind: str, what: str, pattern: str) -> pydantic.WithJsonSchema:
    return pydantic.WithJsonSchema({"type": ["string", kind], "pattern": pattern, "description": what})


def _word(what: str, pattern: str) -> pydantic.WithJsonSchema:
    return pydantic.WithJsonSchema({"type": "string", "pattern": f"^{pattern}$", "description": what})


_VARIABLE: Final[dict[str, object]] = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {"secret": {"type": "string"}, "key": {"type": "string"}, "optional": {"type": "boolean"}},
            "required": ["secret", "key"],
            "additionalProperties": False,
        },
    ],
    "description": "Text, or which secret of the cluster says it, and under which key.",
}
_SIZE_PATTERN: Final = r"^(none|\d+(\.\d+)? ?([kKMGTP]i?)?B?)$"
Size = Annotated[
    int | Literal["none"],
    pydantic.PlainValidator(_size),
    _pattern("number", "A size such as 512M (millions of bytes), 2Gi (2 x 2^30 bytes), or none.", _SIZE_PATTERN),
]
Cores = Annotated[
    float | Literal["none"],
    pydantic.PlainValidator(_cores),
    _pattern("number", "A number of processor cores such as 0.5, or none.", r"^(none|\d+(\.\d+)?m?)$"),
]
Duration = Annotated[
    int,
    pydantic.PlainValidator(_seconds),
    _pattern("integer", "A time such as 90s, 10m, 12h or 7d.", r"^(\d+d)?(\d+h)?(\d+m)?(\d+s)?$"),
]
Age = Annotated[
    int,
    pydantic.PlainValidator(_age),
    _pattern("integer", "A time such as 12h or 7d, or none.", r"^(none|(\d+d)?(\d+h)?(\d+m)?(\d+s)?)$"),
]
Day = Annotated[
    dt.date,
    pydantic.PlainValidator(_day),
    pydantic.WithJsonSchema({"type": "string", "format": "date", "description": "A day such as 2026-03-31."}),
]
Moment = Annotated[
    dt.date | dt.datetime,
    pydantic.PlainValidator(_moment),
    pydantic.WithJsonSchema({"type": "string", "description": "A day such as 2026-03-31, or 2026-03-31T09:00."}),
]
Handle = Annotated[str, pydantic.AfterValidator(_handle), _word("The name of an account.", names.HANDLE_PATTERN)]
Name = Annotated[str, pydantic.AfterValidator(_name), _word(names.RULE, names.PATTERN)]
Id = Annotated[str, pydantic.AfterValidator(_id), _word("An id of the responsibility model.", names.ID_PATTERN)]
MailDomain = Annotated[str, pydantic.AfterValidator(_mail_domain)]
Word = Annotated[str, pydantic.Field(min_length=1, max_length=WORD_MAX)]
Title = Annotated[str, pydantic.Field(min_length=1, max_length=TITLE_MAX)]
Email = Annotated[str, pydantic.Field(min_length=1, max_length=EMAIL_MAX), pydantic.AfterValidator(_email)]
Text = Annotated[str, pydantic.Field(max_length=5000)]
Reason = Annotated[str, pydantic.Field(min_length=1, max_length=5000)]
Terms = Annotated[str, pydantic.Field(max_length=50_000)]
Host = Annotated[str, pydantic.AfterValidator(_host)]
Source = Annotated[str, pydantic.AfterValidator(_source)]
Interface = Annotated[str, pydantic.AfterValidator(_interface)]
TimeZone = Annotated[str, pydantic.AfterValidator(_time_zone)]
Url = Annotated[str, pydantic.AfterValidator(_url)]
Listen = Annotated[str, pydantic.AfterValidator(_listen)]
Count = Annotated[int, pydantic.PlainValidator(_count), _pattern("integer", "A whole number.", r"^\d+$")]
Variable = Annotated[Any, pydantic.PlainValidator(_variable), pydantic.WithJsonSchema(_VARIABLE)]
PortName = Annotated[Any, pydantic.PlainValidator(_port_name), pydantic.WithJsonSchema({"type": ["integer", "string"]})]
Variables = dict[Word, Variable]
Labels = dict[Word, Annotated[str, pydantic.Field(max_length=300)]]
Elsewhere = Annotated[
    str, pydantic.PlainValidator(_elsewhere), _word("Where a password stands, in angle brackets.", "<[^<>]+>")
]
Optional = Annotated[str, pydantic.Field(max_length=300)]
