import ArgumentParser

/// The root command. `alexnet photo.jpg` is short for `alexnet classify photo.jpg`.
struct AlexNetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alexnet",
    abstract: "Tell what is in a photo.",
    usage: """
      alexnet [<options>] <input> ...
      alexnet <subcommand> [<options>] ...
      """,
    discussion: """
      Prints the most likely classes of JPEG and PNG files with their probabilities. It needs no \
      graphics card, and a model is part of the program.

      Examples:
        alexnet cat.jpg                  the five most likely classes
        alexnet --top 1 cat.jpg dog.png  one class for each of two files
        alexnet --jsonl ~/Pictures       a folder, one JSON record on each line
        alexnet sort ~/Pictures --into sorted --dry-run
                                         what sorting into folders would do
        alexnet train birds -o birds.safetensors
                                         a model of your own classes

      'alexnet help topics' lists pages about records, exit codes, weight files and \
      more.
      """,
    version: "alexnet \(version)",
    subcommands: [
      ClassifyCommand.self, EvaluateCommand.self, TrainCommand.self, FeaturesCommand.self,
      ExplainCommand.self, VisualizeCommand.self, ReportCommand.self, SortCommand.self,
      IndexCommand.self, SimilarCommand.self, DuplicatesCommand.self, InfoCommand.self,
      ModelCommand.self, BenchCommand.self, CompletionScript.self,
    ],
    defaultSubcommand: ClassifyCommand.self)

  static let version = "0.1.0"
}
