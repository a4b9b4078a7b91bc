"""A made-up vendor on this machine: several interfaces to one table of nights, and its moods."""

import base64
import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from hrvctl.records.choices import Vendor
from hrvctl.usecases.sign_in import SignIn, describe
from hrvctl.usecases.workspace import Workspace

KEY = "key-Secret-1"
APP = {"client_id": "app-7", "client_secret": "app-Secret-2"}
CODE = "code-Secret-3"
PAGE = 40
Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One request: what was asked, and by whom."""

    method: str
    path: str
    query: dict[str, str]
    auth: str


@dataclass
class FakeVendor:
    """The vendor's side: its clock, the person's nights, their tokens, and how it is today.

    Attributes:
        now: Its clock.
        nights: HRV and resting heart rate by day.
        pending: Nights without a score yet.
        versions: How often a night was scored again.
        moods: What it does to the next requests for data instead of answering well, in order.
        token_moods: The same for requests for tokens.
        life_s: Life of an access token.
        hidden: Lists that the person did not allow.
        broken: Lists that it cannot give.
        on_token: Called before and after each renewal, with ``asked`` and ``renewed``.
        after_token: Called once a renewal is answered.
        hrv_name: Which HRV Intervals.icu has of the device.
        is_rotating: Whether a refresh token ends with its use.
        grant_life_s: How long refresh tokens live in all, if the vendor says.
        has_grace: Whether the one before stays good until the new access token is used.
        is_registered: Whether the person is known to their app.
        n_dead_tries: Renewals asked for after it had said that the sign-in is over.
    """

    now: Callable[[], datetime] = lambda: datetime(2026, 3, 10, 19, tzinfo=UTC)
    nights: dict[date, tuple[float, int]] = field(default_factory=dict)
    pending: set[date] = field(default_factory=set)
    versions: dict[date, int] = field(default_factory=dict)
    moods: list[str] = field(default_factory=list)
    token_moods: list[str] = field(default_factory=list)
    life_s: float = 86_400
    hidden: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    account: str = "i4242"
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    refresh: str = ""
    alive: dict[str, float] = field(default_factory=dict)
    n_tokens: int = 0
    used: list[str] = field(default_factory=list)
    on_token: Callable[[str], None] = lambda _: None
    after_token: Callable[[], None] = lambda: None
    hrv_name: str = "hrv"
    is_rotating: bool = True
    has_grace: bool = False
    refresh_before: str = ""
    grant_life_s: float | None = None
    is_registered: bool = False
    n_dead_tries: int = 0
    has_ended: bool = False
    other_host: str = "http://localhost:9/stolen"

    def paths(self, part: str = "") -> list[str]:
        """The paths that were asked for, those with a part of them."""
        return [one.path for one in self.asked if part in one.path]

    def give_tokens(self) -> Json:
        """New tokens; the ones before are dead at once."""
        self.n_tokens += 1
        self.refresh_before = self.refresh if self.has_grace else ""
        self.refresh = f"refresh-Secret-{self.n_tokens}"
        access = f"access-Secret-{self.n_tokens}"
        self.alive = {access: self.now().timestamp() + self.life_s}
        return {
            "token_type": "bearer",
            "access_token": access,
            "expires_in": self.life_s,
            "refresh_token": self.refresh,
        } | ({} if self.grant_life_s is None else {"refresh_token_expires_in": self.grant_life_s})

    # --- tokens

    def token(self, form: dict[str, str]) -> tuple[int, Json]:
        """Answer at the address for tokens."""
        if {name: form.get(name) for name in APP} != APP:
            return 401, {"error": "invalid_client"}
        if not self.is_rotating:
            return self.lasting_token(form)
        if form["grant_type"] == "authorization_code":
            self.has_ended = False
            return (200, self.give_tokens()) if form["code"] == CODE else (400, INVALID)
        self.on_token("asked")
        self.used.append(form["refresh_token"])
        self.n_dead_tries += self.has_ended
        if form["refresh_token"] not in (self.refresh, self.refresh_before or None):
            # A used one again: the whole family ends.
            self.refresh, self.alive, self.has_ended = "", {}, True
            return 400, INVALID
        made = self.give_tokens()
        self.on_token("renewed")
        return 200, made

    def lasting_token(self, form: dict[str, str]) -> tuple[int, Json]:
        """The refresh token stays as it is; a renewal does not repeat it."""
        before, made = self.refresh, self.give_tokens()
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] != before:
                return 400, INVALID
            self.refresh = before
            del made["refresh_token"]
        return 200, made

    def jwt(self) -> str:
        """A token for a key, as text."""
        self.n_tokens += 1
        claims = json.dumps({"exp": self.now().timestamp() + self.life_s, "jti": self.n_tokens})
        token = f"e30.{base64.urlsafe_b64encode(claims.encode()).decode().rstrip('=')}.Secret"
        self.alive = {token: self.now().timestamp() + self.life_s}
        return token

    def lets_in(self, auth: str) -> bool:
        """Whether a key or an access token is good now."""
        if auth == "Basic " + base64.b64encode(f"API_KEY:{KEY}".encode()).decode():
            return True
        is_good = self.alive.get(auth.removeprefix("Bearer "), 0) > self.now().timestamp()
        self.refresh_before = "" if is_good else self.refresh_before
        return is_good

    def withings(self, form: dict[str, str], auth: str) -> Json:
        """An answer with the status inside."""
        if form["action"] == "requesttoken":
            status, content = self.token(form)
            if status == 200:
                return {"status": 0, "body": content | {"userid": self.account}}
            return {"status": 503, "body": {}, "error": "Invalid Params: invalid refresh_token"}
        if not self.lets_in(auth):
            return {"status": 401, "body": {}, "error": "XRefused"}
        if form["action"] == "getdevice":
            return {"status": 0, "body": {"devices": []}}
        first, last = date.fromisoformat(form["startdateymd"]), form["enddateymd"]
        last = min(date.fromisoformat(last), first + timedelta(days=8))
        days = [d for d in sorted(self.nights) if first <= d <= last]
        if not days:
            return {"status": 0, "body": []}
        start = int(form.get("offset", 0))
        series = [self.withings_sleep(day) for day in days[start : start + 5]]
        is_more = start + 5 < len(days)
        return {
            "status": 0,
            "body": {"series": series, "more": is_more, "offset": (start + 5) * is_more},
        }

    def withings_sleep(self, day: date) -> Json:
        """A sleep from eleven to half past six, two hours ahead of UTC, in a zone of that name."""
        ends = datetime(day.year, day.month, day.day, 4, 30, tzinfo=UTC)
        hrv, _ = self.nights[day]
        return {
            "id": day.toordinal(),
            "timezone": "Etc/GMT-2",
            "startdate": int((ends - timedelta(hours=7.5)).timestamp()),
            "enddate": int(ends.timestamp()),
            "date": str(day),
            "modified": int(ends.timestamp()) + self.versions.get(day, 0),
            "completed": day not in self.pending,
            "data": {
                "total_sleep_time": 25_000,
                "hr_average": 54,
                "rmssd_start_avg": hrv - 6,
                "rmssd_end_avg": hrv + 6,
            },
        }

    # --- data

    def data(self, path: str, query: dict[str, str]) -> object:
        """Answer a request for data."""
        if path.endswith("/wellness"):
            return self.wellness(query["oldest"], query["newest"])
        if path.endswith(("/athlete/0", "/personal_info")):
            return {"id": self.account}
        kind = path.rpartition("/")[2]
        if path.startswith("/developer/"):
            return self.whoop(kind, query)
        if path.startswith("/v4/"):
            return self.google(path.split("/")[-2], query)
        if "-service/" in path:
            return self.garmin(path, query)
        if path.startswith("/v3/"):
            return self.polar(kind)
        records = getattr(self, kind)(query)
        start = int(query.get("next_token", 0))
        more = start + PAGE < len(records)
        return {
            "data": records[start : start + PAGE],
            "next_token": str(start + PAGE) if more else None,
        }

    def wellness(self, oldest: str, newest: str) -> list[Json]:
        """Every day has a fitness; nulls are left out."""
        first, last = date.fromisoformat(oldest), date.fromisoformat(newest)
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return [
            {"id": day.isoformat(), "ctl": 40.0, "atl": 50.0} | self.vitals(day) for day in days
        ]

    def vitals(self, day: date) -> Json:
        """What was measured, if anything."""
        if day not in self.nights:
            return {}
        hrv, resting = self.nights[day]
        return {
            self.hrv_name: hrv,
            "restingHR": resting,
            "sleepSecs": 27_000,
            "updated": f"{day}T06:00Z",
        }

    def garmin(self, path: str, query: dict[str, str]) -> object:
        """Ranges of nights, and single days; a day without data has nulls."""
        ends = path.split("/")[-2:] if "/hrv/" in path else list(query.values())
        if path.endswith("/settings"):
            return {"timeZone": "Europe/Berlin"}
        days = [d for d in sorted(self.nights) if ends[0] <= str(d) <= ends[-1]]
        if path.endswith("/dailyHeartRate"):
            at = self.hours(date.fromisoformat(query["date"]))
            rates = [[int(one.timestamp()) * 1000, 62] for one in at]
            return {"calendarDate": query["date"], "heartRateValues": rates or None}
        if path.endswith("/daily"):
            day = date.fromisoformat(query["calendarDate"])
            resting, steps = (self.nights[day][1], 9000) if day in self.nights else (None, None)
            return {"calendarDate": str(day), "restingHeartRate": resting, "totalSteps": steps}
        if "/hrv/" in path:
            made = [
                {
                    "calendarDate": str(day),
                    "weeklyAvg": 55,
                    "lastNightAvg": round(self.nights[day][0]),
                    "status": "BALANCED",
                }
                for day in days
            ]
            return {"hrvSummaries": made}
        return [
            {
                "calendarDate": str(day),
                "sleepTimeSeconds": 25_000,
                "sleepStartTimestampGMT": f"{day - timedelta(days=1)}T21:00:00.000Z",
                "sleepEndTimestampGMT": f"{day}T04:30:00.000Z",
                "sleepStartTimestampLocal": f"{day - timedelta(days=1)}T23:00:00.000Z",
                "sleepEndTimestampLocal": f"{day}T06:30:00.000Z",
            }
            for day in days
        ]

    def hours(self, day: date) -> list[datetime]:
        """Every five minutes of a day's waking hours until now, two hours ahead of UTC."""
        begin = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
        at = (begin + timedelta(minutes=5 * n) for n in range(168))
        return [one for one in at if one < self.now()] if day in self.nights else []

    def polar(self, kind: str) -> object:
        """Always the last 28 days; nothing at all is an empty body."""
        if kind[0].isdigit():
            at = self.hours(date.fromisoformat(kind))
            rates = [
                {"heart_rate": 62, "sample_time": f"{one + timedelta(hours=2):%H:%M:%S}"}
                for one in at
            ]
            return {"date": kind, "heart_rate_samples": rates} if rates else None
        days = [day for day in sorted(self.nights) if (self.now().date() - day).days < 28]
        if not days:
            return None
        if kind == "sleep":
            made = [
                {
                    "date": str(day),
                    "sleep_start_time": f"{day - timedelta(days=1)}T23:00:00+02:00",
                    "sleep_end_time": f"{day}T06:30:00+02:00",
                    "continuity": 3.2,
                    "light_sleep": 13_200,
                    "deep_sleep": 5_400,
                    "rem_sleep": 5_100,
                }
                for day in days
            ]
            return {"nights": made}
        return {
            "recharges": [
                {
                    "date": str(day),
                    "heart_rate_avg": 54,
                    "beat_to_beat_avg": 1111,
                    "nightly_recharge_status": 4,
                    "heart_rate_variability_avg": round(self.nights[day][0]),
                    "breathing_rate_avg": 13.9,
                }
                for day in days
            ]
        }

    def google(self, kind: str, query: dict[str, str]) -> object:
        """Points of a type; numbers are text, zeros and an empty list are left out."""
        if kind == "me":
            return {"name": "users/1/profile"}
        first, last = re.findall(r'"(.*?)"', query["filter"])
        points: list[Json] = []
        for day in (d for d in sorted(self.nights) if first <= str(d) < last):
            hrv, resting = self.nights[day]
            at = {"date": {"year": day.year, "month": day.month, "day": day.day}}
            payload: Json = {
                "daily-heart-rate-variability": {
                    "dailyHeartRateVariability": at
                    | {"averageHeartRateVariabilityMilliseconds": hrv}
                },
                "daily-resting-heart-rate": {
                    "dailyRestingHeartRate": at | {"beatsPerMinute": str(resting)}
                },
                "sleep": {
                    "sleep": {
                        "interval": {
                            "startTime": f"{day - timedelta(days=1)}T21:00:00Z",
                            "startUtcOffset": "7200s",
                            "endTime": f"{day}T04:30:00Z",
                            "endUtcOffset": "7200s",
                        },
                        "summary": {"minutesAsleep": "400"},
                    }
                },
            }.get(kind, {})
            if payload:
                points.append(
                    {"name": f"{kind}/{day}", "dataSource": {"platform": "FITBIT"}} | payload
                )
        start, size = int(query.get("pageToken") or 0), int(query["pageSize"])
        page = {"dataPoints": points[start : start + size]} if points else {}
        return page | {"nextPageToken": str(start + size) if start + size < len(points) else ""}

    def whoop(self, kind: str, query: dict[str, str]) -> object:
        """One of WHOOP's lists, the newest first, or the profile."""
        if kind == "basic":
            return {"user_id": self.account}
        first, last = query["start"][:10], query["end"][:10]
        days = [d for d in sorted(self.nights, reverse=True) if first <= str(d) < last]
        made = [getattr(self, f"whoop_{kind}")(day) for day in days]
        records = [record for record in made if record]
        start, limit = int(query.get("nextToken", 0)), int(query["limit"])
        page: Json = {"records": records[start : start + limit]}
        if start + limit < len(records):
            page["next_token"] = str(start + limit)
        return page

    def whoop_sleep(self, day: date) -> Json:
        """A sleep from eleven to half past six, two hours ahead of UTC."""
        return {
            "id": f"00000000-0000-4000-8000-{day:%Y%m%d}0000",
            "cycle_id": int(f"{day:%Y%m%d}"),
            "user_id": 1,
            "created_at": f"{day}T04:31:00.000Z",
            "updated_at": self.stamp(day),
            "start": f"{day - timedelta(days=1)}T21:00:00.000Z",
            "end": f"{day}T04:30:00.000Z",
            "timezone_offset": "+02:00",
            "nap": False,
        } | self.scored(
            day,
            {
                "stage_summary": {"total_in_bed_time_milli": 27_000_000},
                "respiratory_rate": 14.0,
            },
        )

    def whoop_recovery(self, day: date) -> Json:
        """The recovery after it."""
        hrv, resting = self.nights[day]
        return {
            "cycle_id": int(f"{day:%Y%m%d}"),
            "sleep_id": f"00000000-0000-4000-8000-{day:%Y%m%d}0000",
            "user_id": 1,
            "created_at": f"{day}T04:32:00.000Z",
            "updated_at": self.stamp(day),
        } | self.scored(day, {"hrv_rmssd_milli": hrv, "resting_heart_rate": resting})

    def whoop_cycle(self, day: date) -> Json:
        """The day from falling asleep on; the last one has no end."""
        now = f"{self.now().astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
        ended = {"end": f"{day}T21:00:00.000Z"} if day < max(self.nights) else {"updated_at": now}
        return {
            "id": int(f"{day:%Y%m%d}"),
            "user_id": 1,
            "created_at": f"{day}T04:32:00.000Z",
            "updated_at": self.stamp(day),
            "start": f"{day - timedelta(days=1)}T21:00:00.000Z",
            "timezone_offset": "+02:00",
            "score_state": "SCORED",
            "score": {"strain": 9.5, "kilojoule": 8000.0, "average_heart_rate": 66},
        } | ended

    def whoop_workout(self, _: date) -> Json:
        """None."""
        return {}

    def scored(self, day: date, score: Json) -> Json:
        """The score, where it is made."""
        if day in self.pending:
            return {"score_state": "PENDING_SCORE"}
        return {"score_state": "SCORED", "score": score}

    def stamp(self, day: date) -> str:
        """When a night was scored last."""
        n = self.versions.get(day, 0)
        return f"{day}T{5 + n // 60:02}:{n % 60:02}:00.000Z"

    def between(self, query: dict[str, str]) -> list[date]:
        """As the vendor does it: an end that is compared with an instant loses the last day."""
        return [d for d in sorted(self.nights) if query["start_date"] <= str(d) < query["end_date"]]

    def sleep(self, query: dict[str, str]) -> list[Json]:
        """Nights as Oura gives them."""
        return [
            {
                "id": f"s{day}",
                "day": str(day),
                "type": "long_sleep",
                "period": 0,
                "bedtime_start": f"{day - timedelta(days=1)}T23:00:00+02:00",
                "bedtime_end": f"{day}T06:30:00+02:00",
                "average_hrv": round(self.nights[day][0]),
                "lowest_heart_rate": self.nights[day][1],
                "time_in_bed": 27_000,
                "total_sleep_duration": 25_000,
            }
            for day in self.between(query)
        ]

    def daily_readiness(self, query: dict[str, str]) -> list[Json]:
        """The readiness of each day."""
        return [
            {
                "id": f"r{day}",
                "day": str(day),
                "score": 80,
                "temperature_deviation": 0.1,
                "contributors": {"hrv_balance": 80},
            }
            for day in self.between(query)
        ]

    def daily_activity(self, query: dict[str, str]) -> list[Json]:
        """The steps of each day."""
        return [
            {
                "id": f"a{day}",
                "day": str(day),
                "steps": 8000,
                "total_calories": 2400,
                "equivalent_walking_distance": 6000,
            }
            for day in self.between(query)
        ]

    def daily_spo2(self, query: dict[str, str]) -> list[Json]:
        """The oxygen of each night."""
        return [
            {"id": f"o{day}", "day": str(day), "spo2_percentage": {"average": 97.0}}
            for day in self.between(query)
        ]

    def heartrate(self, query: dict[str, str]) -> list[Json]:
        """A heart rate every five minutes of the day."""
        first, last = (datetime.fromisoformat(query[f"{end}_datetime"]) for end in ("start", "end"))
        return [
            {"timestamp": at.isoformat(), "bpm": 62, "source": "awake"}
            for day in sorted(self.nights)
            for at in self.hours(day)
            if first <= at < last
        ]


def paste_sign_in(
    workspace: Workspace, vendor: Vendor, url: str, *, in_keyring: bool = False
) -> None:
    """Sign in by the app, as the person who pastes the address does."""
    redirect = "https://localhost:8765/callback"
    begun = SignIn(
        workspace,
        "me",
        describe(vendor, url),
        client_id=APP["client_id"],
        secret=APP["client_secret"],
        redirect=redirect,
        address=url,
        in_keyring=in_keyring,
    )
    (state,) = parse_qs(urlsplit(begun.url).query)["state"]
    begun.finish(begun.read(f"{redirect}?code={CODE}&state={state}"))


INVALID = {"error": "invalid_grant", "error_description": "it is not known any more"}
# Answers that are none: status, headers, body.
MOODS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "500": (500, {}, b"oops"),
    "503": (503, {}, b""),
    "401": (401, {}, b'{"title": "Unauthorized"}'),
    "403": (403, {}, b'{"detail": "membership"}'),
    "410": (410, {}, b""),
    "422": (422, {}, b'{"detail": [{"msg": "too long"}]}'),
    "429": (429, {}, b""),
    "429 in a second": (429, {"Retry-After": "1"}, b""),
    "429 tomorrow": (429, {"Retry-After": "86400"}, b""),
    "429 negative": (429, {"Retry-After": "-5"}, b""),
    "429 reset": (429, {"X-RateLimit-Reset": "1"}, b""),
    "truncated": (200, {"Content-Type": "application/json"}, b'[{"id": "2026-03-'),
    "html": (200, {"Content-Type": "text/html"}, b"<html>Sign in to our network</html>"),
    "html 403": (403, {"Content-Type": "text/html"}, b"<html>blocked</html>"),
    "list in a list": (200, {}, b"[[1, 2], 3]"),
    "another form": (200, {}, b'{"surprise": 1}'),
    "NaN": (200, {}, b'[{"id": "2026-03-10", "hrv": NaN}]'),
    "1e400": (200, {}, b'[{"id": "2026-03-10", "hrv": 1e400}]'),
    "204": (204, {}, b""),
    "nothing": (200, {}, b""),
    "null": (200, {}, b"null"),
    "wrapped 601": (200, {}, b'{"status": 601, "body": {}, "error": "Too Many Requests"}'),
    "wrapped 401": (200, {}, b'{"status": 401, "body": {}, "error": "XRefused"}'),
    "wrapped 277": (200, {}, b'{"status": 277, "body": {}, "error": "Wrong Scope"}'),
    "wrapped 503": (200, {}, b'{"status": 503, "body": {}, "error": "Internal"}'),
    "wrapped 9999": (200, {}, b'{"status": 9999, "body": {}}'),
    "invalid_client": (401, {}, b'{"error": "invalid_client"}'),
    "invalid_grant": (400, {}, json.dumps(INVALID).encode()),
}


@contextmanager
def serving(
    vendor: FakeVendor, context: ssl.SSLContext | None = None, port: int = 0
) -> Iterator[FakeVendor]:
    """Let the vendor answer at ``vendor.url``, over TLS where it has a context."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            self.note({})
            auth = self.headers.get("authorization", "")
            if self.path.endswith("/personal-api-key/token"):
                status = 200 if auth == f"ApiKey {KEY}" else 401
                self.send(status, {}, vendor.jwt().encode() if status == 200 else b"")
                return
            if self.path.endswith("/users"):
                self.reply(409 if vendor.is_registered else 200, {})
                vendor.is_registered = True
                return
            if "action=" in raw:
                moods = vendor.token_moods if "requesttoken" in raw else vendor.moods
                if not self.has_mood(moods, lambda: vendor.withings(_flat(raw), auth)):
                    self.reply(200, vendor.withings(_flat(raw), auth))
                return
            if auth.startswith("Basic "):  # the app as user and password
                pair = base64.b64decode(auth.removeprefix("Basic ")).decode().split(":")
                raw += "&" + urlencode(dict(zip(APP, pair, strict=True)))
            if not self.has_mood(vendor.token_moods, lambda: vendor.token(_flat(raw))):
                self.reply(*vendor.token(_flat(raw)))
                vendor.after_token()

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = _flat(parts.query)
            self.note(query)
            if self.has_mood(vendor.moods, lambda: None):
                return
            kind = parts.path.rpartition("/")[2]
            if parts.path.startswith("/v3/") and not vendor.is_registered:
                self.reply(403, {})
                return
            if not vendor.lets_in(self.headers.get("authorization", "")) or kind in vendor.hidden:
                self.reply(401, {"title": "Unauthorized"})
                return
            if kind in vendor.broken:
                self.send(*MOODS["410"])
                return
            self.reply(200, vendor.data(parts.path, query))

        def note(self, query: dict[str, str]) -> None:
            path, auth = urlsplit(self.path).path, self.headers.get("authorization", "")
            vendor.asked.append(Asked(self.command, path, query, auth))

        def has_mood(self, moods: list[str], do: Callable[[], object]) -> bool:
            """Answer as the next mood has it; ``well`` is no mood."""
            mood = moods.pop(0) if moods else "well"
            if mood == "well":
                return False
            if mood == "lost":  # it was done, but nobody learns of it, nor of a refusal
                had_ended = vendor.has_ended
                do()
                vendor.has_ended = had_ended
            if mood in ("lost", "closed"):
                self.close_connection = True
            elif mood.startswith("redirect"):
                status = int(mood.removeprefix("redirect") or 302)
                self.send(status, {"Location": vendor.other_host}, b"")
            elif mood == "empty page":
                self.reply(200, {"data": [], "next_token": "0"})
            elif mood == "same page":
                self.reply(200, {"data": [], "next_token": "again"})
            else:
                self.send(*MOODS[mood])
            return True

        def reply(self, status: int, content: object) -> None:
            self.send(status, {"Content-Type": "application/json"}, json.dumps(content).encode())

        def send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response_only(status)
            self.send_header("Date", format_datetime(vendor.now().astimezone(UTC), usegmt=True))
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that went away is no news."""

    server = Server(("127.0.0.1", port), Handler)
    if context is not None:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    scheme = "http" if context is None else "https"
    vendor.url = f"{scheme}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
