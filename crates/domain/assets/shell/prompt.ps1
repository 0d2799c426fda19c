# Where this shell is, for a prompt: [account/permission set], with PROD in front where that is production, and the time
# that the credentials last. What names hold is shown and never run.
function global:genkan_prompt {
    if (-not $Env:GENKAN_ACCOUNT_NAME) { return '' }
    $word = if ($Env:GENKAN_PRODUCTION) { 'PROD ' } else { '' }
    # The name of a chained role, without the way to it and its path.
    $name = $Env:GENKAN_PERMISSION_SET -replace ' via .*', '' -replace '.*/', ''
    $place = "[$word$Env:GENKAN_ACCOUNT_NAME/$name]" -replace '[\p{Cc}\u00AD\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]', '?'
    $key = "$Env:AWS_ACCESS_KEY_ID"
    $profile_name = @('AWS_PROFILE', 'AWS_DEFAULT_PROFILE') | Where-Object { Test-Path "Env:$_" } | Select-Object -First 1
    # What was set since and makes this shell work as something else than the prompt says.
    if ($key -ne "$Env:GENKAN_ACCESS_KEY_ID") {
        return "$place $(if ($key) { 'overridden by AWS_ACCESS_KEY_ID' } else { 'no credentials' }) "
    }
    if ($profile_name) {
        return "$place $(if ($key) { 'conflicts with' } else { 'overridden by' }) $profile_name "
    }
    if (-not $key -and -not $Env:AWS_CONTAINER_CREDENTIALS_FULL_URI) { return "$place no credentials " }
    $left = ''
    $at = [DateTimeOffset]::MinValue
    if ([DateTimeOffset]::TryParse($Env:AWS_CREDENTIAL_EXPIRATION, [Globalization.CultureInfo]::InvariantCulture, 'AssumeUniversal', [ref] $at)) {
        $minutes = [long] [Math]::Floor(($at - [DateTimeOffset]::UtcNow).TotalMinutes)
        $left = if ($minutes -lt 0) { ' expired' } elseif ($minutes -lt 100) { " ${minutes}m" } else { " $([Math]::Floor($minutes / 60))h$($minutes % 60)m" }
    }
    "$place$left "
}
