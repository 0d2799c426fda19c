# Where this shell is, for a prompt: [account/permission set], with PROD in front where that is production, and the time that the credentials last, without
# starting a program. What names hold is shown and never run. Where credentials are renewed, the last quarter of an
# hour of the sign-in is shown in their place. From then on genkan is asked whether it was renewed.
__genkan_warn() {
    emulate -L zsh
    [[ "${GENKAN_SESSION_ENDS-}" == <-> ]] || return 0
    zmodload zsh/datetime 2>/dev/null || return 0
    local -i left="10#$GENKAN_SESSION_ENDS - EPOCHSECONDS"
    if (( left <= 900 )); then
        local ends="$(command genkan prompt --sign-in-ends 2>/dev/null)"
        if [[ "$ends" == <-> ]]; then
            export GENKAN_SESSION_ENDS="$ends"
            left="10#$ends - EPOCHSECONDS"
        fi
    fi
    (( left > 0 && left <= 900 )) && __genkan_left=" sign-in ends in $(( left / 60 ))m "
    return 0
}
# Makes a text safe to show.
__genkan_clean() {
    emulate -L zsh
    typeset -g __genkan_text="${1//[[:cntrl:]]/?}"
    # What turns text around or can't be seen is no control character, and in some locales what a terminal obeys is
    # none either. Byte by byte, for every locale and version.
    local hidden
    for hidden in $'\xc2\x84' $'\xc2\x85' $'\xc2\x88' $'\xc2\x8d' $'\xc2\x8e' $'\xc2\x8f' $'\xc2\x90' $'\xc2\x98' $'\xc2\x9a' \
        $'\xc2\x9b' $'\xc2\x9c' $'\xc2\x9d' $'\xc2\x9e' $'\xc2\x9f' \
        $'\xc2\xad' $'\xd8\x9c' $'\xe2\x80\x8b' $'\xe2\x80\x8e' $'\xe2\x80\x8f' $'\xe2\x80\xa8' $'\xe2\x80\xa9' \
        $'\xe2\x80\xaa' $'\xe2\x80\xab' $'\xe2\x80\xac' $'\xe2\x80\xad' $'\xe2\x80\xae' $'\xe2\x81\xa0' $'\xe2\x81\xa6' $'\xe2\x81\xa7' \
        $'\xe2\x81\xa8' $'\xe2\x81\xa9' $'\xef\xbb\xbf'; do
        __genkan_text="${__genkan_text//"$hidden"/?}"
    done
}
# What was set since and makes this shell work as something else than the prompt says.
__genkan_conflict() {
    emulate -L zsh
    local name verb="overridden by"
    if [[ "${AWS_ACCESS_KEY_ID-}" != "${GENKAN_ACCESS_KEY_ID-}" ]]; then
        __genkan_left=" overridden by AWS_ACCESS_KEY_ID "
        [[ -n "${AWS_ACCESS_KEY_ID-}" ]] || __genkan_left=" no credentials "
        return 0
    fi
    # SDKs differ in whether keys or a profile win.
    [[ -z "${AWS_ACCESS_KEY_ID-}" ]] || verb="conflicts with"
    for name in AWS_PROFILE AWS_DEFAULT_PROFILE AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_RELATIVE_URI; do
        [[ -n "${(P)name-}" ]] || continue
        if [[ "$name" == *_PROFILE ]]; then
            __genkan_clean "$name=${(P)name}"
        elif [[ -z "${AWS_ACCESS_KEY_ID-}" ]]; then
            __genkan_text="$name"
        else
            continue
        fi
        __genkan_left=" $verb $__genkan_text "
        return 0
    done
    [[ -z "${AWS_ACCESS_KEY_ID-}${AWS_CONTAINER_CREDENTIALS_FULL_URI-}" ]] || return 1
    __genkan_left=" no credentials "
}
__genkan_look() {
    emulate -L zsh
    typeset -g __genkan_where="" __genkan_left="" __genkan_text=""
    [[ -n "${GENKAN_ACCOUNT_NAME-}" ]] || return 0
    # The name of a chained role, without the way to it and its path.
    local name="${GENKAN_PERMISSION_SET-}"
    name="${name%% via *}"
    __genkan_clean "${GENKAN_PRODUCTION:+PROD }${GENKAN_ACCOUNT_NAME}/${name##*/}"
    __genkan_where="[$__genkan_text]"
    __genkan_conflict && return 0
    __genkan_left=" "
    local at="${AWS_CREDENTIAL_EXPIRATION-}"
    [[ "$at" == [0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]Z ]] || { __genkan_warn; return 0 }
    zmodload zsh/datetime 2>/dev/null || return 0
    local -i year="10#${at[1,4]}" month="10#${at[6,7]}" left
    # Days since 1970 by the calendar, years counted from March.
    (( month > 2 )) || (( year -= 1, month += 12 ))
    (( left = 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + 10#${at[9,10]} - 719469 ))
    (( left = left * 1440 + 10#${at[12,13]} * 60 + 10#${at[15,16]} - (EPOCHSECONDS - 10#${at[18,19]} + 59) / 60 ))
    if (( left < 0 )); then
        __genkan_left=' expired '
    elif (( left < 100 )); then
        __genkan_left=" ${left}m "
    else
        __genkan_left=" $(( left / 60 ))h$(( left % 60 ))m "
    fi
}
if [[ "${functions[genkan_prompt]-__genkan_}" == *__genkan_* ]] && (( ! $+aliases[genkan_prompt] )); then
    function genkan_prompt {
        __genkan_look
        print -rn -- "${__genkan_where}${__genkan_left}"
    }
fi
