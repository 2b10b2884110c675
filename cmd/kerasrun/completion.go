package main

import (
	"io"

	"github.com/urfave/cli/v2"
)

// completeFlag is the argument with which urfave/cli prints what may follow.
const completeFlag = "--generate-bash-completion"

// bashCompletion asks the program itself what may follow; files are completed
// where it has no answer.
const bashCompletion = `_kerasrun() {
	local cur="${COMP_WORDS[COMP_CWORD]}"
	local typed=("${COMP_WORDS[@]:0:COMP_CWORD}")
	[[ "$cur" == -* ]] && typed+=("$cur")
	COMPREPLY=($(compgen -W "$("${typed[@]}" ` + completeFlag + ` 2>/dev/null)" -- "$cur"))
}
complete -o bashdefault -o default -F _kerasrun kerasrun
`

// zshCompletion uses zsh's own emulation of bash's completion.
const zshCompletion = "#compdef kerasrun\nautoload -U +X bashcompinit && bashcompinit\n" + bashCompletion

func completionCommand(s streams) *cli.Command {
	usage := "completion bash|zsh|fish"
	return &cli.Command{
		Name:  "completion",
		Usage: "print the script that completes commands and options in a shell",
		UsageText: "kerasrun " + usage + `

   bash: source <(kerasrun completion bash)
   zsh:  source <(kerasrun completion zsh)
   fish: kerasrun completion fish | source`,
		Action: func(c *cli.Context) error {
			args, err := positional(c, 1, 1, usage)
			if err != nil {
				return err
			}
			var script string
			switch args[0] {
			case "bash":
				script = bashCompletion
			case "zsh":
				script = zshCompletion
			case "fish":
				if script, err = c.App.ToFishCompletion(); err != nil {
					return err
				}
			default:
				return usagef("shell %q is not known, want bash, zsh or fish", args[0])
			}
			_, err = io.WriteString(s.Out, script)
			return coded(exitIO, err)
		},
	}
}
