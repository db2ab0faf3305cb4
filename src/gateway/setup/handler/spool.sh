
# Keeps one message on the disk: written to a folder of its own, one file for each field, synced, and only then put in
# its place. Once it is there it survives a power cut.
keep() {
    mkdir -p "$SPOOL/writing" "$SPOOL/waiting" "$SPOOL/refused" &&
        folder=$(mktemp -d "$SPOOL/writing/XXXXXXXXXX") || return
    write "$@" && return
    # It is incomplete, and holds a text.
    rm -rf "$folder"
    return 1
}

write() {
    chmod 770 "$folder" &&
        fields "$@" &&
        durable "$folder"/* "$folder" &&
        mv "$folder" "$SPOOL/waiting/$(date +%s.%N).${folder##*/}" &&
        durable "$SPOOL/waiting"
}

# Writes the field $1, unless its value is empty.
put() {
    [ -z "$2" ] || printf '%s' "$2" >"$folder/$1"
}

# Names of senders come as the network wrote them: two of its codes are control characters elsewhere.
sender() {
    tr '\002\021' '\044_'
}

# Not every `sync` takes files.
durable() {
    case $(sync --help 2>&1) in
    *FILE*) sync "$@" ;;
    *) sync ;;
    esac
}

# Sends what is kept, oldest first, until nothing is left. One at a time: who comes second waits for its turn and then
# looks for itself, who comes third leaves it to the second.
send() {
    exec 8>>"$SPOOL/turn.lock" 9>>"$SPOOL/send.lock"
    flock -n 8 || return 0
    flock 9
    exec 8>&-
    rm -rf "$SPOOL/writing"/*.sent
    # What is this old was cut short: the machine went down.
    find "$SPOOL/writing" -mindepth 1 -maxdepth 1 -mmin +60 -exec rm -rf {} + 2>/dev/null
    failures=0
    while some; do
        for message in "$SPOOL/waiting"/*; do
            [ -d "$message" ] || continue
            offer "$message" && failures=0 && continue
            # Once in five minutes is enough for the log.
            [ $((failures % 30)) -eq 0 ] && say "the server accepts no messages (answer $answer); they wait in $SPOOL"
            failures=$((failures + 1))
            sleep "$PAUSE"
            break
        done
    done
}

some() {
    for message in "$SPOOL/waiting"/*; do
        [ -d "$message" ] && return
    done
    return 1
}

# Posts one message and removes it when the server has stored it: only 200 means that.
offer() {
    answer=$(post "$1")
    case $answer in
    200)
        # In one step: half a message must not be sent again.
        mv "$1" "$SPOOL/writing/${1##*/}.sent" && rm -rf "$SPOOL/writing/${1##*/}.sent"
        ;;
    400 | 413)
        # It will never be taken, and those behind it must not wait for it.
        mv "$1" "$SPOOL/refused/" && say "the server refused a message (answer $answer); it is kept in $SPOOL/refused"
        ;;
    *) return 1 ;;
    esac
}

# Each file of the folder is a form field of its name, up to the first dot. The URL holds the token, so it is not on the
# command line, where others could see it.
post() (
    cd "$1" || exit
    set --
    for field in *; do
        # Of an empty file curl would make no field.
        [ -s "$field" ] && value="@$field" || value="="
        set -- "$@" --data-urlencode "${field%%.*}$value"
    done
    printf 'url = "%s"\n' "$URL" |
        curl --disable --config - --silent --globoff --connect-timeout 10 --max-time 60 \
            --output /dev/null --write-out '%{http_code}' "$@"
)

# Never a text or a number: others read the log.
say() {
    logger -t "$NAME" -- "$*"
}

for tool in curl flock iconv; do
    command -v "$tool" >/dev/null || say "$tool is not installed: no message can be sent"
done
if [ "${1:-}" = send ]; then
    send
    exit
fi
# The program that called waits until all of these are closed, or has closed them itself.
exec </dev/null >/dev/null 2>&1
status=0
if wanted "$@"; then
    keep "$@" || { status=1 && say "a message could not be kept in $SPOOL"; }
    setsid "$0" send &
fi
exit "$status"
