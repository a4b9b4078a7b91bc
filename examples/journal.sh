#!/bin/sh
# A few evenings, written down afterwards. What is not said stays unanswered: it is not "no".
set -eu
hrvctl journal add --date 2026-03-06 "three beers at a birthday, stress 7/10"
hrvctl journal undo # they were two
hrvctl journal add --date 2026-03-06 "two beers at a birthday, stress 7/10"
hrvctl journal add --date 2026-03-07 --tag alcohol=no --tag caffeine=1
hrvctl journal add --date 2026-03-08 "sick with a sore throat"
hrvctl journal list
