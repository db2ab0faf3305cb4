#!/bin/sh
# Receives SMS from @PROGRAM@ and delivers them to Leaseline. It stores each one on the disk and returns at once; a
# second run of it (`send`) posts them until the server has stored them. POSIX shell; needs curl, flock and iconv.
# shellcheck disable=SC2317 # functions call functions by their names
URL='@URL@'
NAME=leaseline-@NAME@
SPOOL=/var/spool/$NAME
PAUSE=10

set -u
umask 007
# Bytes stay bytes.
LC_ALL=C
export LC_ALL
