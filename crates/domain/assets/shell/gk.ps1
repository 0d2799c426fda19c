# genkan in PowerShell: @NAME@ takes credentials into this shell.
# What genkan prints is run only when it ended well; a failure changes nothing here and leaves its code in $LASTEXITCODE.
function global:__genkan_take {
    $genkan = Get-Command genkan -CommandType Application | Select-Object -First 1
    $encoding = [Console]::OutputEncoding
    try {
        [Console]::OutputEncoding = [System.Text.Encoding]::UTF8
        $lines = & $genkan assume powershell --called @NAME@ --process $PID @args
    } finally {
        [Console]::OutputEncoding = $encoding
    }
    if ($LASTEXITCODE -ne 0) { return }
    if ($lines) { Invoke-Expression ($lines -join "`n") }
}
# A name that means something else stays as it is; that is said once in a terminal.
$global:__genkan_named = $false
$__genkan_found = Get-Command '@NAME@' -ErrorAction SilentlyContinue | Select-Object -First 1
if (-not $__genkan_found -or "$($__genkan_found.Definition)" -like '*__genkan_take*') {
    $global:__genkan_named = $true
    Remove-Item -ErrorAction SilentlyContinue Env:GENKAN_NAMES_TAKEN
    Set-Item -Path 'Function:global:@NAME@' -Value { __genkan_take @args }
} else {
    $__genkan_kind = "$($__genkan_found.CommandType)".ToLowerInvariant() -replace 'application', 'program'
    if ($Env:GENKAN_NAMES_TAKEN -ne "@NAME@=$__genkan_kind") {
        $Env:GENKAN_NAMES_TAKEN = "@NAME@=$__genkan_kind"
        Write-Warning "genkan: ``@NAME@`` is an existing $__genkan_kind, so genkan did not replace it; choose another name with ``genkan init powershell --name NAME``"
    }
}
