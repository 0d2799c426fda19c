# The prompt says where we are, in front of the user's own.
if (-not (Test-Path Function:\__genkan_own_prompt)) {
    Copy-Item Function:\prompt Function:\global:__genkan_own_prompt
    function global:prompt { "$(genkan_prompt)$(__genkan_own_prompt)" }
}
