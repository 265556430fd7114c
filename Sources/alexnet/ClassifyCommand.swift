import ArgumentParser
import Classification
import ModelLibrary
import Network
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
    parsing: .number,
    help: ArgumentHelp("How many classes to print for each image.", valueName: "count"))
  var top = 5

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "Leave out classes less probable than this, from 0 to 1.", valueName: "probability"))
  var minProbability: Float = 0

  @OptionGroup var crops: CropOptions

  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Model") var precision: PrecisionOptions
  @OptionGroup(title: "Model") var description: ModelDescriptionOptions
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
    // Not in `validate()`, which comes before the parser's own word on an unknown option.
    if input.isEmpty {
      throw ValidationError("Nothing to classify: name a file, a folder, or - for standard input.")
    }
    let stop = StopFlag()
    Signals.install(raising: stop)
    let console = Console(isQuiet: runOptions.isQuiet)
    // First what can fail at once: nobody should wait for a model to learn of a typing error.
    let target = try output.open(console: console)
    let loaded = try precision.apply(to: model.open(description))
    try crops.check(loaded)
    if loaded.isBuiltIn && model.model == nil {
      console.note(
        "using the built-in starter model (\(loaded.labels.count) classes); --model names another")
    }
    if let assumption = loaded.assumption {
      console.note(
        "\(assumption) (--preprocess sets it, 'alexnet model import --preprocess' for good)")
    }
    let run = ClassifyRun(
      writer: output.writer(
        target, model: loaded.name, soleInput: input.soleInput, console: console),
      output: target, console: console, stop: stop, failsFast: runOptions.failFast)
    try run.perform(
      input.source, with: classifier(loaded), showsProgress: !runOptions.noProgress)
  }

  private func classifier(_ model: Model) -> Classifier {
    var options = ClassifierOptions()
    options.top = top
    options.minProbability = minProbability
    runOptions.apply(to: &options)
    crops.apply(to: &options)
    decoding.apply(to: &options)
    return Classifier(model, options)
  }
}
