# Where this shell is, for a prompt: [account/permission set] and the time that the credentials last. What names hold
# is shown and never run.
export def genkan_prompt []: nothing -> string {
    let account = ($env.GENKAN_ACCOUNT_NAME? | default "")
    if ($account | is-empty) { return "" }
    let place = ($"[($account)/($env.GENKAN_PERMISSION_SET? | default '')]" | str replace --all --regex '[\p{Cc}\u{ad}\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2060}-\u{2069}\u{feff}]' '?')
    let left = (try {
        let left = ((($env.AWS_CREDENTIAL_EXPIRATION | into datetime) - (date now)) / 1min | math floor)
        if $left < 0 { " expired" } else if $left < 100 { $" ($left)m" } else { $" ($left // 60)h($left mod 60)m" }
    } catch { "" })
    $"($place)($left) "
}
