import ArgumentParser

/// `alexnet completions bash`: short for the parser's own option.
struct CompletionScript: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions",
    abstract: "Print a completion script for bash, zsh or fish.",
    discussion: """
      Examples:
        alexnet completions bash > ~/.local/share/bash-completion/completions/alexnet
        alexnet completions zsh > ~/.zfunc/_alexnet     # a folder in fpath
        alexnet completions fish > ~/.config/fish/completions/alexnet.fish
      """)

  enum Shell: String, CaseIterable, ExpressibleByArgument {
    case bash, zsh, fish
  }

  @Argument(help: "The shell.") var shell: Shell

  func run() throws {
    try ResultOutput(console: Console()).write(AlexNetCommand.completionScript(for: shell.parsed))
  }
}

extension CompletionScript.Shell {
  fileprivate var parsed: CompletionShell {
    switch self {
    case .bash: .bash
    case .zsh: .zsh
    case .fish: .fish
    }
  }
}
