# genkan in PowerShell: gk takes credentials into this shell.
# What genkan prints is run only when it ended well; a failure changes nothing here and leaves its code in $LASTEXITCODE.
function global:gk {
    $genkan = Get-Command genkan -CommandType Application | Select-Object -First 1
    $encoding = [Console]::OutputEncoding
    try {
        [Console]::OutputEncoding = [System.Text.Encoding]::UTF8
        $lines = & $genkan assume powershell @args
    } finally {
        [Console]::OutputEncoding = $encoding
    }
    if ($LASTEXITCODE -ne 0) { return }
    if ($lines) { Invoke-Expression ($lines -join "`n") }
}
