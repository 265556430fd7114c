import ArgumentParser
import Classification
import System

/// The names of the commands, for advice about mistyped ones.
enum CommandNames {
  /// The words after `alexnet` that lead to each command, such as `model pull`.
  static let all: [[String]] = paths(of: AlexNetCommand.self)

  private static func paths(of command: any ParsableCommand.Type) -> [[String]] {
    command.configuration.subcommands.flatMap { next in
      [[next._commandName]] + paths(of: next).map { [next._commandName] + $0 }
    }
  }

  /// The command whose last word this is, as `pull` is that of `model pull`; nil for none.
  static func path(endingWith word: String) -> [String]? {
    all.first { $0.last == word }
  }

  /// Refuses a first argument that was meant to be a command, and would be taken for a photo: it is
  /// like the name of one, and there is no file of that name.
  static func check(_ arguments: [String]) throws {
    guard let word = arguments.first, !word.isEmpty, !word.contains("/"), !word.contains("."),
      !word.hasPrefix("-"),
      !AlexNetCommand.configuration.subcommands.contains(where: {
        $0._commandName == word
      }), word != "help", (try? FileStatus(of: RawPath(argument: word))) == nil
    else { return }
    let names = all.map { $0.last ?? "" } + ["help"]
    guard let meant = Suggestion.nearest(to: word, among: names) else { return }
    let path = path(endingWith: meant) ?? [meant]
    throw CommandFailure(
      .usage, "there is neither a command nor a file '\(ArgumentBytes.repaired(word))'",
      hint: "did you mean 'alexnet \(path.joined(separator: " "))'?")
  }
}
