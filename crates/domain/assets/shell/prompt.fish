# Where this shell is, for a prompt: [account/permission set], with PROD in front where that is production, and the time that the credentials last. What names hold
# is shown and never run. fish has no clock of its own: one `date` is started.
function __genkan_clean
    string replace -ra '[\p{Cc}\x{ad}\x{61c}\x{200b}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2060}-\x{2069}\x{feff}]' '?' -- $argv[1]
end
# What was set since and makes this shell work as something else than the prompt says.
function __genkan_conflict
    if test "$AWS_ACCESS_KEY_ID" != "$GENKAN_ACCESS_KEY_ID"
        test -n "$AWS_ACCESS_KEY_ID"
        and printf ' overridden by AWS_ACCESS_KEY_ID'
        or printf ' no credentials'
        return 0
    end
    # SDKs differ in whether keys or a profile win.
    set -l verb 'overridden by'
    test -n "$AWS_ACCESS_KEY_ID"; and set verb 'conflicts with'
    for name in AWS_PROFILE AWS_DEFAULT_PROFILE
        if test -n "$$name"
            printf ' %s %s' $verb (__genkan_clean "$name=$$name" | string join ' ')
            return 0
        end
    end
    test -n "$AWS_ACCESS_KEY_ID"; and return 1
    for name in AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
        if test -n "$$name"
            printf ' overridden by %s' $name
            return 0
        end
    end
    test -n "$AWS_CONTAINER_CREDENTIALS_FULL_URI"; and return 1
    printf ' no credentials'
end
# Where credentials are renewed, the last quarter of an hour of the sign-in is shown. From then on genkan is asked whether
# it was renewed.
function __genkan_ends
    string match -qr '^\d+$' -- "$GENKAN_SESSION_ENDS"; and test -z "$AWS_CREDENTIAL_EXPIRATION"; or return 0
    set -l left (math "$GENKAN_SESSION_ENDS - "(date +%s))
    if test $left -le 900
        set -l ends (command genkan prompt --sign-in-ends 2>/dev/null)
        if string match -qr '^\d+$' -- "$ends"
            set -gx GENKAN_SESSION_ENDS $ends
            set left (math "$ends - "(date +%s))
        end
    end
    test $left -gt 0 -a $left -le 900; and echo "sign-in ends in "(math "floor($left / 60)")m
    return 0
end
function __genkan_mark
    test -n "$GENKAN_ACCOUNT_NAME"; or return 0
    set -l word
    test -n "$GENKAN_PRODUCTION"; and set word 'PROD '
    # The name of a chained role, without the way to it and its path.
    set -l name (string replace -r ' via .*' '' -- "$GENKAN_PERMISSION_SET" | string replace -r '.*/' '' | string join ' ')
    __genkan_clean "[$word$GENKAN_ACCOUNT_NAME/$name]" | read -l where
    # In colour, unless NO_COLOR or the terminal forbids it.
    set -l style
    test -n "$word"; and set style --bold
    test -n "$NO_COLOR"; or set style $style (test -n "$word"; and echo red; or echo cyan)
    test "$TERM" = dumb; and set style
    set -q style[1]; and set_color $style
    printf '%s' "$where"
    set -q style[1]; and set_color normal
    if __genkan_conflict
        printf ' '
        return 0
    end
    set -l at (string match -r '^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$' -- "$AWS_CREDENTIAL_EXPIRATION")
    if test (count $at) -eq 7
        set -l year $at[2]
        set -l month $at[3]
        # Days since 1970 by the calendar, years counted from March.
        if test $month -le 2
            set year (math $year - 1)
            set month (math $month + 12)
        end
        set -l days (math "365 * $year + floor($year / 4) - floor($year / 100) + floor($year / 400) + floor((153 * ($month - 3) + 2) / 5) + $at[4] - 719469")
        set -l left (math "$days * 1440 + $at[5] * 60 + $at[6] - floor(("(date +%s)" - $at[7] + 59) / 60)")
        if test $left -lt 0
            printf ' expired'
        else if test $left -lt 100
            printf ' %sm' $left
        else
            printf ' %sh%sm' (math "floor($left / 60)") (math "$left % 60")
        end
    else
        set -l ends (__genkan_ends)
        test -n "$ends"; and printf ' %s' $ends
    end
    printf ' '
end
if not functions -q genkan_prompt; or functions genkan_prompt | string match -q '*__genkan_*'
    function genkan_prompt --description 'Account, permission set and time left'
        __genkan_mark
    end
end
