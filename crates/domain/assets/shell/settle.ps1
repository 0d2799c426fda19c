# Start-up files may have set what wins over the target's credentials, or sent their endpoint through a proxy.
& {
    $removed = @('@REMOVE@' -split ' ' | Where-Object { $_ -and (Test-Path "Env:$_") })
    if ($removed) {
        $removed | ForEach-Object { Remove-Item "Env:$_" }
        Write-Warning "genkan: removed from this shell, because a start-up file set it and it would override the credentials: $($removed -join ', ')"
    }
    if ($Env:AWS_CONTAINER_CREDENTIALS_FULL_URI) {
        foreach ($name in 'NO_PROXY', 'no_proxy') {
            $list = @("$([Environment]::GetEnvironmentVariable($name))" -split ',' | ForEach-Object { $_.Trim() } | Where-Object { $_ })
            if ($list -notcontains '127.0.0.1' -and "$list" -ne '*') {
                [Environment]::SetEnvironmentVariable($name, (($list + '127.0.0.1') -join ','))
            }
        }
    }
}
