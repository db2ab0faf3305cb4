
wanted() {
    [ "${SMS_MESSAGES:-0}" -gt 0 ]
}

# The id is ours: gammu-smsd gives none, or the name of a file, which it may use again.
fields() {
    put id "${folder##*/}" &&
        printf '%s' "${SMS_1_NUMBER:-}" | sender >"$folder/from" &&
        put "$(receiver)" "${PHONE_ID:-}" &&
        texts DECODED "${DECODED_PARTS:-0}" >"$folder/text" &&
        { [ -s "$folder/text" ] || texts SMS "$SMS_MESSAGES" >"$folder/text"; }
}

# A PhoneID that is a number with its plus is the receiver; any other is the name of a line.
receiver() {
    case ${PHONE_ID:-} in
    +*[!0-9]* | +) echo line ;;
    +*) echo to ;;
    *) echo line ;;
    esac
}

# The texts in the variables $1_1_TEXT to $1_$2_TEXT, one after the other.
texts() {
    each=1
    while [ "$each" -le "$2" ]; do
        eval "printf '%s' \"\${$1_${each}_TEXT:-}\"" || return
        each=$((each + 1))
    done
}
