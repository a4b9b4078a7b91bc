"""What each command does, as its help begins; a command that is missing here is loaded for it."""

from collections.abc import Mapping

SUMMARIES: Mapping[str, str] = {
    "morning": "Import what is new, and show last night beside its forecast, guess and normal "
    "range.",
    "daily": "Forecast tomorrow's HRV, seal the forecast, and compare yesterday's with its "
    "outcome.",
    "guess": "Record the HRV you expect tomorrow; it is sealed and scored like the models' "
    "forecasts.",
    "status": "Show the age of your data, your normal range, what is sealed, and how the last run "
    "ended.",
    "report": "Write a report with charts: one web page that loads nothing from elsewhere, or a "
    "PDF.",
    "reconcile": "Compare forecasts with what happened; correct a morning that was measured "
    "wrongly.",
    "pull": "Download what is new from connected vendors into the inbox; `hrvctl daily` imports "
    "it.",
    "receive": "Take what a phone's app (Health Auto Export) posts into the inbox, until Ctrl-C.",
    "import": "Import exports; each file is imported as a whole or not at all.",
    "export": "Export all your data, one file per table.",
    "demo": "Write a made-up person's WHOOP export, for trying the import and the forecast.",
    "subjects": "List the people this home has data of: nights, journal, sealed evenings.",
    "score": "Score the sealed forecasts: models, naive ones, the agent and your guess side by "
    "side.",
    "backtest": "Forecast your past with every model, and score all on the same mornings.",
    "effects": "Test how your journal's answers relate to the next morning's HRV.",
    "what-if": "Show tomorrow's forecast if today had been different; nothing is written.",
    "fork": "Run one evening in several variants and compare them; nothing is sealed.",
    "explain": "Explain how something is computed, and who published the method.",
    "env": "Print the export lines that point Dagster's own tools at this home.",
    "doctor": "Check everything an unattended evening depends on, and say how to fix what fails.",
    "backup": "Copy the database to one file, consistently even during a run.",
    "restore": "Restore a backup after verifying its ledger; the present database is kept aside.",
    "runs": "List the latest runs: when, which job, how it ended, how long it took.",
    "prune": "Remove old runs, replays and forks; measurements, journal and ledger are never "
    "removed.",
    "rebuild": "Rebuild the latest evening's files, byte for byte, from the database alone.",
    "ui": "Show every run, its log and its artifacts on Dagster's pages, until Ctrl-C.",
    "bug-report": "Write a file for a bug report, without health data; read it, then send it "
    "yourself.",
    "journal add": "Write down what you did on a day, in your own words.",
    "journal edit": "Open a day's notes in your editor, and read them again when you save.",
    "journal remove": "Make one question of a day unanswered again; the words you wrote are kept.",
    "journal undo": "Undo the last thing you wrote into the journal.",
    "journal list": "List the journal's answers and the words they were read from, newest last.",
    "show forecast": "Show the latest forecast: tomorrow first, then the week.",
    "show ledger": "Show every sealed forecast that counts, with what happened.",
    "show metrics": "Show how good each model was on your own past.",
    "show trend": "Draw the last weeks against your normal range, with tomorrow's interval at the "
    "end.",
    "connect intervals": "Connect Intervals.icu by your own API key, which is asked for or read "
    "from stdin.",
    "connect oura": "Connect Oura by an application of your own; its id and secret are asked for.",
    "connect whoop": "Connect WHOOP by an app of your own; its id and secret are asked for.",
    "connect garmin": "Connect Garmin by your own Personal API key, which is asked for or read "
    "from stdin.",
    "connect polar": "Connect Polar by a client of your own; its id and secret are asked for.",
    "connect google": "Connect Google Health (Fitbit, Pixel Watch) by a client of your own.",
    "connect withings": "Connect Withings by an application of your own; its id and secret are "
    "asked for.",
    "connect list": "List your connections, and how each of them is; asks no vendor.",
    "connect test": "Ask a vendor whether it still accepts the connection; exit code 6 when it "
    "does not.",
    "connect forget": "Delete a vendor's key or tokens from this machine; imported data stays.",
    "data list": "List every HRV series, and which one counts.",
    "data prefer": "Choose the source that counts where several measured the same nights.",
    "data exclude": "Leave mornings out of your normal range: illness, travel, or a sensor fault.",
    "data include": "Count mornings again that were left out.",
    "data days": "List mornings: the HRV of each source, the one that counts, and what is left "
    "out.",
    "data why": "Show where every value of a day came from.",
    "data imports": "List what was imported and when, oldest first, with the number that `data "
    "forget` takes.",
    "data forget": "Delete an import, a source, or with --subject NAME alone all of a person, for "
    "good.",
    "sources list": "List every export that can be imported.",
    "sources show": "Show how to get one vendor's export, step by step.",
    "ledger verify": "Walk the ledger's chain and name every row that was changed, removed or "
    "inserted.",
    "ledger anchor": "Append the ledger's length and last hash to a file.",
    "ledger exclude": "Leave what a wrong clock sealed out of every score, with the reason.",
    "ledger include": "Count again what was left out by `hrvctl ledger exclude`.",
    "ledger reproduce": "Make sealed forecasts again from what was stored when they were sealed.",
    "config show": "Show every setting, its value and where it comes from.",
    "config get": "Print the value of one setting.",
    "config set": "Set a value in the config file; everything else in the file stays as it is.",
    "config unset": "Remove a value from the config file, so that the default is used again.",
    "config edit": "Open the config file in your editor, and check it when you save.",
    "config check": "Check the config file, the environment, and that what they refer to exists.",
    "config path": "Print the path of the config file (the file need not exist).",
    "schedule install": "Run `hrvctl daily` every evening; prints exactly what is written, and "
    "where.",
    "schedule show": "Show what is scheduled for this home and subject.",
    "schedule remove": "Remove what `schedule install` wrote, and nothing else.",
    "cohort import": "Import many people's nights; the first import makes the cohort.",
    "cohort run": "Forecast everybody's coming morning, and seal the forecasts before it begins.",
    "cohort show": "Show the board of a cohort: who needs you, and everybody's week, range and "
    "tomorrow.",
    "cohort score": "Score every sealed forecast whose morning has come, model by model and person "
    "by person.",
    "cohort verify": "Compare everything that was sealed with its seal, and name what was changed "
    "since.",
    "cohort proof": "Prove that one person's forecast was sealed, to anybody who knows the "
    "evening's root.",
    "cohort why": "Show what a person's forecast was made from, and make it again.",
    "cohort withdraw": "Delete all that a cohort keeps of a person, for good; sealed evenings "
    "still verify.",
    "cohort effects": "Measure what one question does to everybody's next morning, and pool it "
    "over people.",
    "cohort learn-prior": "Learn from a cohort what the main model starts from, for people like "
    "them.",
    "cohort export": "Export everybody's nights and forecasts as long tables with a codebook.",
    "cohort backtest": "Forecast everybody's past with every model, and score all on the same "
    "mornings.",
    "cohort chunk": "Forecast one chunk of an evening, for a scheduler of your own: Slurm, "
    "Kubernetes, a shell.",
    "cohort warm": "Compile the models' loops once, for example when a container's image is built.",
}
