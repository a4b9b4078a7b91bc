"""Every format that holds nights, in one table."""

import json
from collections.abc import Mapping
from datetime import datetime

from hrvctl.records import Metric
from sources import apple_table_rows as apple_tables
from sources import gadgetbridge_rows as gadgetbridge
from sources import garmin_abroad as garmin
from sources import google_health_points as google_health
from sources import health_connect_rows as health_connect
from sources import nights_abroad as nights
from sources import recordings_abroad as mornings
from sources import straplog_rows as straplog
from sources.nights_abroad import FULL, Format, days, listed, rows, utc

SDNN, ASLEEP = Metric.HRV_SDNN_MS, Metric.ASLEEP_MIN
OWN = "day,metric,source,value,start_at,end_at,import_id,first_seen_at,revised_at"

UTC_STAMP = "%Y-%m-%d %H:%M:%S +0000"
BY_NAME = "%Y-%m-%d %H-%M-%S"
LOGGER = ("timestamp, rr, since_start \n", "{t}, {rr}, {since}", mornings.epoch)
STAMPS = ("timestamp,rr_ms", "{t},{rr}")
POLAR = ("Phone timestamp;RR-interval [ms]", "{t};{rr}", mornings.naive)
ELITE = "Member,Type,Date Time Start,HR,lnRmssd,Rmssd"
HRV4T = "rMSSD,HRV4T_Recovery_Points"
# A day without a measurement, whose date can be read in one way only.
NO_MORNING = "2025-28-01,  , 0.0, 0.0"
INTERVALS = "restingHR,hrv,hrvSDNN"
TRENDS = "date,Average HRV,Lowest Resting Heart Rate,Bedtime Start,Bedtime End"
OURA = "id;average_hrv;bedtime_end;bedtime_start;day;total_sleep_duration;type"
FITBIT = "timestamp,average heart rate variability milliseconds,data source"

AUTOSLEEP = "ISO8601,fromDate,toDate,waketime,asleep,wakingBPM,hrv,sleepHRV"
RINGCONN = "Date,Avg. Spo2(%),Avg. HRV(ms),Min. HRV(ms),Max. HRV(ms)"

FORMATS: Mapping[str, Format] = {
    "ringconn": Format("ringconn", days(RINGCONN, lambda n: f"{n.day},97%,{n.hrv},20,90")),
    "ringconn_sleep": Format(
        "ringconn",
        rows(
            "Start Time,Falling Asleep Time,Wake-up time,Time Asleep(min)",
            lambda n: f"{n.onset:{FULL}},{n.onset:{FULL}},{n.wake:{FULL}},{n.asleep_min}",
        ),
        ASLEEP,
        has_length=True,
    ),
    "whoop": Format("whoop", nights.whoop, kept="window", has_length=True),
    "whoop_api": Format("whoop_api", nights.whoop_api(True, True), kept="window", has_length=True),
    "whoop_api_cycles": Format("whoop_api", nights.whoop_api(False, True)),
    "whoop_api_alone": Format("whoop_api", nights.whoop_api(False, False), has_zone=False),
    "whoop_api_2020": Format("whoop_api", listed(nights.whoop_day), has_length=True),
    "garmin_report": Format("garmin", garmin.garmin_report),
    "garmin_one_night": Format("garmin", garmin.garmin_one_night),
    "garmin_gdpr": Format("garmin", listed(garmin.garmin_health)),
    "garmin_hrv_data": Format("garmin", listed(garmin.garmin_day), kept="window"),
    "garmin_sleep_data": Format(
        "garmin", listed(garmin.garmin_sleep), kept="window", has_length=True
    ),
    "garmin_push": Format("garmin", listed(garmin.garmin_push), kept="window"),
    "garmin_flattened": Format(
        "garmin",
        days("hrvSummary_lastNightAvg,hrvSummary_calendarDate", lambda n: f"{n.hrv},{n.day}"),
    ),
    "garmin_grafana": Format(
        "garmin",
        rows(
            "measurement,time,avgOvernightHrv",
            lambda n: f"SleepSummary,{utc(n.wake)}Z,{n.hrv}",
        ),
        has_zone=False,
    ),
    "garmin_db": Format("garmin", garmin.garmin_db),
    "oura_account": Format("oura", rows(OURA, nights.oura_table), kept="window", has_length=True),
    "oura_undated": Format(
        "oura",
        rows(
            "average_hrv,bedtime_end,bedtime_start,type",
            lambda n: f"{n.hrv},{n.wake.isoformat()},{n.onset.isoformat()},long_sleep",
        ),
        kept="window",
    ),
    "oura_combined": Format(
        "oura", days("day,nocturnal_hrv,resting_heart_rate", lambda n: f"{n.day},{n.hrv},100")
    ),
    "oura_v2": Format("oura", listed(nights.oura), kept="window", has_length=True),
    "oura_v1": Format("oura", listed(nights.oura_v1), kept="window", has_length=True),
    "oura_trends": Format(
        "oura",
        days(TRENDS, lambda n: f"{n.day},{n.hrv},50,{n.onset.isoformat()},{n.wake.isoformat()}"),
        kept="window",
    ),
    "fitbit_old": Format(
        "fitbit", days("timestamp,rmssd,nremhr,entropy", lambda n: f"{n.day}T00:00:00,{n.hrv},50,2")
    ),
    "fitbit_new": Format("fitbit", days(FITBIT, lambda n: f"{n.day}T00:00:00Z,{n.hrv},Fitbit")),
    "fitbit_api": Format(
        "fitbit",
        listed(lambda n: {"hrv": [{"dateTime": str(n.day), "value": {"dailyRmssd": n.hrv}}]}),
    ),
    "fitbit_sleep": Format("fitbit", listed(nights.fitbit_sleep), ASLEEP, has_length=True),
    "apple_zones": Format("apple", nights.apple(zoned=True), SDNN, "window", has_length=True),
    "apple_offsets": Format("apple", nights.apple(zoned=False), SDNN, "window", has_length=True),
    "apple_no_sleep": Format(
        "apple", nights.apple(zoned=True, with_sleep=False), SDNN, is_parted=False
    ),
    "auto_export": Format("health_auto_export", nights.auto_export, SDNN),
    "auto_export_sleep": Format(
        "health_auto_export", nights.auto_export, ASLEEP, "window", has_length=True
    ),
    "auto_export_csv": Format(
        "health_auto_export",
        days("Date,Heart Rate Variability (ms)", lambda n: f"{n.day} 00:00:00,{n.hrv}"),
        SDNN,
    ),
    "polar": Format("polar", nights.polar, kept="window"),
    "polar_accesslink": Format("polar", nights.accesslink, kept="window"),
    "polar_sensor_logger": Format(
        "polar_sensor_logger", mornings.recording(*POLAR, "Polar_H10_1_%Y%m%d_%H%M%S_RR.txt")
    ),
    "samsung": Format("samsung", nights.samsung, kept="window", has_length=True),
    "hrv4training_android": Format(
        "hrv4training",
        rows(
            f"date, time, {HRV4T}\n{NO_MORNING}",
            lambda n: f"{n.measured:%Y-%d-%m, %H:%M}, {n.hrv}, 8",
        ),
    ),
    "hrv4training_ios": Format(
        "hrv4training",
        rows(f"date,{HRV4T}", lambda n: f"{utc(n.measured, UTC_STAMP)},{n.hrv},8"),
        kept="start",
        has_zone=False,
    ),
    "hrvlogger_named": Format(
        "hrvlogger", mornings.recording(*LOGGER, BY_NAME + ".csv"), kept="start"
    ),
    "hrvlogger": Format(
        "hrvlogger", mornings.recording(*LOGGER, "rr.csv"), kept="start", has_zone=False
    ),
    "hrvlogger_features": Format("hrvlogger", mornings.features(BY_NAME + ".csv"), kept="start"),
    "elitehrv": Format(
        "elitehrv", rows(ELITE, lambda n: f"Sam,readiness,{n.measured:{FULL}},60,4,{n.hrv}")
    ),
    "kubios": Format("kubios", mornings.kubios),
    "apple_csv": Format(
        "apple_csv", apple_tables.nights(zone=True), SDNN, kept="window", has_length=True
    ),
    "apple_csv_in_utc": Format(
        "apple_csv", apple_tables.nights(zone=False), SDNN, kept="window", has_zone=False
    ),
    "coros": Format(
        "coros",
        listed(lambda n: {"happenDay": int(f"{n.day:%Y%m%d}"), "avgSleepHrv": n.hrv}),
    ),
    "eight_sleep": Format(
        "eight_sleep", listed(nights.eight_sleep), kept="window", has_length=True
    ),
    "withings": Format("withings", listed(nights.withings), kept="window", has_length=True),
    "autosleep": Format(
        "autosleep",
        rows(AUTOSLEEP, nights.autosleep),
        SDNN,
        has_length=True,
    ),
    "ultrahuman": Format("ultrahuman", nights.ultrahuman, kept="window"),
    "ultrahuman_no_date": Format(
        "ultrahuman",
        listed(lambda n: {"data": {"metric_data": nights.ultrahuman_items(n)}}),
        kept="window",
        has_zone=False,
    ),
    "zepp": Format(
        "zepp",
        listed(
            lambda n: {
                "eventType": "readiness",
                "timestamp": nights.ms(n.wake),
                "value": json.dumps({"sleepHRV": n.hrv, "date": str(n.day)}),
            }
        ),
    ),
    "zepp_no_date": Format("zepp", nights.zepp, has_zone=False),
    "zepp_sleep": Format(
        "zepp",
        rows("date,deepSleepTime,shallowSleepTime,wakeTime,start,stop", nights.zepp_sleep),
        ASLEEP,
        "window",
        has_length=True,
    ),
    "google_health_days": Format("google_health", google_health.days),
    "google_health_samples": Format(
        "google_health", google_health.nights(zone=True), kept="window", has_length=True
    ),
    "google_health_no_zone": Format(
        "google_health", google_health.nights(zone=False), kept="window", has_zone=False
    ),
    "health_connect": Format(
        "health_connect", health_connect.nights(zone=True), kept="window", has_length=True
    ),
    "health_connect_no_zone": Format(
        "health_connect", health_connect.nights(zone=False), kept="window", has_zone=False
    ),
    "gadgetbridge": Format("gadgetbridge", gadgetbridge.nights, kept="window", has_zone=False),
    "straplog": Format("straplog", straplog.mornings, kept="start"),
    "intervals_csv": Format(
        "intervals", days(f"date,{INTERVALS}", lambda n: f"{n.day},50,{n.hrv},")
    ),
    "intervals_json": Format(
        "intervals", listed(lambda n: {"id": str(n.day), "hrv": n.hrv, "restingHR": 50})
    ),
    "trainingpeaks": Format(
        "trainingpeaks", rows("Timestamp,Type,Value", lambda n: f"{n.measured:{FULL}},HRV,{n.hrv}")
    ),
    "fit": Format("fit", garmin.fit("wake"), kept="window"),
    "fit_two_clocks": Format("fit", garmin.fit("onset", "wake"), kept="window"),
    "fit_no_clock": Format("fit", garmin.fit(), has_zone=False),
    "fit_rr": Format("fit_rr", mornings.fit_rr(True), kept="start"),
    "fit_rr_no_clock": Format("fit_rr", mornings.fit_rr(False), kept="start", has_zone=False),
    "rr_named": Format("rr", mornings.recording("", "{rr}", mornings.naive, BY_NAME + ".txt")),
    "rr_stamps": Format("rr", mornings.recording(*STAMPS, mornings.naive, "rr.csv")),
    "rr_empatica": Format("rr", mornings.empatica, kept="start", has_zone=False),
    "rr_polar_hrm": Format("rr", mornings.polar_hrm),
    "rr_movesense": Format("rr", mornings.movesense),
    "rr_offsets": Format(
        "rr", mornings.recording(*STAMPS, datetime.isoformat, "rr.csv"), kept="start"
    ),
    "rr_epoch": Format(
        "rr", mornings.recording(*STAMPS, mornings.epoch, "rr.csv"), kept="start", has_zone=False
    ),
    "table": Format("table", days("date,hrv_ms", lambda n: f"{n.day},{n.hrv}")),
    "hrvctl": Format("hrvctl", days(OWN, nights.own_row), kept="window"),
}
