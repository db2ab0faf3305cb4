
# $1: what happened; $2: the file of the message. A delivery report comes as REPORT. (The header `Report: yes` does not
# make it one: it says that the sender gets one.)
wanted() {
    [ "${1:-}" = RECEIVED ]
}

fields() {
    case $(header Alphabet "$2") in
    UCS2) charset=UTF-16BE ;;
    UTF-8) charset=UTF-8 ;;
    *) charset=ISO-8859-15 ;;
    esac
    # The file's name is random and may come again.
    put id "${2##*/} $(header Received "$2")" &&
        convert from UTF-8 from "$2" &&
        put to "$(header Number "$2" | tr -cd '0-9')" &&
        put line.1 "$(header IMSI "$2")" &&
        put line.2 "$(header Modem "$2")" &&
        part "$(header UDH-DATA "$2" | tr -cd '0-9A-Fa-f ')" &&
        text "$charset" "$2"
}

# Writes the text of the file $2. A part in UTF-16 stays as it came: an emoji may be split between two parts, which iconv
# would refuse and the server joins.
text() {
    if [ "$1" = UTF-16BE ] && [ -e "$folder/sequence" ]; then
        put charset "$1" && body "$2" >"$folder/text"
    else
        convert text "$1" body "$2"
    fi
}

# The value of the header $1 in the file $2, without the end of its line.
header() {
    sed -n "/^\$/q; s/^$1: *//p" "$2" | sed q | tr -d '\r\n'
}

from() {
    header From "$1" | sender
}

# All bytes after the first empty line: they may be UTF-16.
body() {
    tail -c "+$(($(sed '/^$/q' "$1" | wc -c) + 1))" "$1"
}

# Writes the field $1: the output of the command after $2, in the character set $2. Invalid UTF-8 is read as ISO-8859-15;
# a text that was cut inside a character loses only that character.
convert() {
    command -v iconv >/dev/null || return
    field=$folder/$1 from=$2 last_resort=$2
    [ "$from" = UTF-8 ] && last_resort=ISO-8859-15
    shift 2
    "$@" | iconv -f "$from" -t UTF-8 >"$field" 2>/dev/null ||
        "$@" | iconv -c -f "$last_resort" -t UTF-8 2>/dev/null | cat >"$field"
}

# Reads the header of a part in hex, such as "05 00 03 2C 03 01": its length, then for each element its name, its length
# and its bytes. Parts that smsd has joined have none.
part() {
    # shellcheck disable=SC2086 # its words are the bytes
    set -- $1
    [ $# -eq 0 ] || shift
    while [ $# -ge 5 ]; do
        case $1.$2 in
        00.03) numbers "$3" "$4" "$5" || return ;;
        08.04) numbers "$3$4" "$5" "${6:-0}" || return ;;
        esac
        skip=$((0x$2 + 2))
        [ "$skip" -le $# ] || return 0
        shift "$skip"
    done
}

numbers() {
    put reference "$((0x$1))" && put total "$((0x$2))" && put sequence "$((0x$3))"
}
