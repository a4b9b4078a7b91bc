#!/bin/sh
# A few evenings, written down afterwards. A tag you leave out stays unanswered: it is not "no".
set -eu
hrvctl journal add --tag alcohol=2 --tag stress=7 --date 2026-03-06 --note "birthday"
hrvctl journal add --tag alcohol=no --tag caffeine=1 --date 2026-03-07
hrvctl journal add --tag sick --date 2026-03-08 --note "sore throat"
hrvctl journal list
