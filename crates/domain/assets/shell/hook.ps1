# The prompt says where we are, in front of the user's own.
if (-not (Test-Path Function:\__genkan_own_prompt)) {
    Copy-Item Function:\prompt Function:\global:__genkan_own_prompt
    function global:prompt {
        $place = genkan_prompt
        # The title of the window says where production is.
        if ($Env:GENKAN_PRODUCTION -and $place -match '^\[(.*)\]') { try { $Host.UI.RawUI.WindowTitle = $Matches[1] } catch { } }
        "$place$(__genkan_own_prompt)"
    }
}
