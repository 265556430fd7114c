import ArgumentParser
import Classification
import System

/// `alexnet classify`: images in, predictions out.
struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Print the most likely classes of images, with their probabilities.",
    discussion: """
      A folder is searched with all folders below it for names that end in jpg, jpeg, jpe, jfif or \
      png. A file that cannot be read is reported, and the rest goes on.

      Examples:
        alexnet classify cat.jpg
        alexnet classify --top 1 --format csv --output pets.csv ~/Pictures/pets
        alexnet classify --jsonl ~/Pictures | jq -r 'select(.error) | .path'
        find . -name '*.png' -print0 | alexnet classify --files-from - -0 --jsonl
        curl -s https://example.org/cat.jpg | alexnet classify -
      """)

  @OptionGroup var input: InputOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("How many classes to print for each image.", valueName: "count"))
  var top = 5

  @Option(
    help: ArgumentHelp(
      "Leave out classes less probable than this, from 0 to 1.", valueName: "probability"))
  var minProbability: Float = 0

  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions

  func validate() throws {
    if top < 1 {
      throw ValidationError("--top must be at least 1.")
    }
    if !(0...1).contains(minProbability) {
      throw ValidationError("--min-probability must be between 0 and 1.")
    }
  }

  func run() throws {
    _ = input.source
  }
}
