# Completion of genkan and @NAME@: each line of the answer is a quoted word, the word, and what it is.
foreach ($__genkan_name in @('genkan') + @(if ($global:__genkan_named) { '@NAME@' })) {
    Register-ArgumentCompleter -Native -CommandName $__genkan_name -ScriptBlock {
        param($wordToComplete, $commandAst, $cursorPosition)
        $genkan = Get-Command genkan -CommandType Application | Select-Object -First 1
        $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object {
            if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
        })
        # An empty last argument gets lost on its way in old versions: its place is told beside.
        $ask = @('--index', $words.Count)
        if ($words[0] -eq '@NAME@') { $ask += '--gk' }
        if ($wordToComplete) { $words += $wordToComplete.Trim("'", '"') }
        & $genkan complete powershell @ask -- @words 2>$null | ForEach-Object {
            $word, $text, $help = $_.Split("`t")
            [System.Management.Automation.CompletionResult]::new($word, $text, 'ParameterValue', $(if ($help) { $help } else { $text }))
        }
    }
}
