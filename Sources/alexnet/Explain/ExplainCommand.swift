import Architecture
import ArgumentParser
import Classification
import Explanation
import ModelLibrary
import Network
import System

/// `alexnet explain`: a photo in, and out a picture of what in it suggests a class.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show what in a photo suggests a class.",
    discussion: """
      Colours over the photo show where the network finds evidence for the class. What \
      preprocessing cuts away is hatched: the network does not see it. Several classes give \
      pictures side by side on one scale, so that a class with little evidence looks weak. A class \
      without any evidence says so.

      --boxes puts a box round the largest connected part of the map that is above 15% of its \
      maximum. That is localisation, not detection: one box for each class, whether or not the \
      object is there, and often too large or round a part of the object. With Grad-CAM \
      on AlexNet, 68% of the boxes for the likeliest class are wrong on ImageNet (Selvaraju and \
      others 2017).

      'alexnet help explanations' describes the methods and the records.

      Examples:
        alexnet explain cat.jpg --output why.png
        alexnet explain cat.jpg -o why.png --class tabby --class n02124075 --boxes
        alexnet explain cat.jpg -o why.png --method occlusion --window 48 --stride 8
        alexnet explain --jsonl --boxes ~/Pictures --output maps
      """)

  @OptionGroup var input: InputOptions
  @OptionGroup(title: "Explanation") var explanation: ExplanationMethodOptions
  @OptionGroup(title: "Output") var output: ExplanationOutputOptions
  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Model") var description: ModelDescriptionOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions

  func run() throws {
    // This is not checked in `validate()`, because the parser calls that before it reports an
    // unknown option.
    if input.isEmpty {
      throw ValidationError("Nothing to explain: name a file, a folder, or - for standard input.")
    }
    let stop = StopFlag()
    Signals.install(raising: stop)
    let console = Console(isQuiet: runOptions.isQuiet)
    // The outputs are opened before the model, so that a mistyped path is reported without waiting
    // for the model to load.
    let files = try output.open(
      for: input, reading: model.readFiles + description.readFiles, console: console)
    let loaded = try model.open(description, console: console)
    let method = try explanation.method(for: loaded)
    var options = ExplanationOptions()
    options.classes = try explanation.classIndices(of: loaded)
    options.findsBoxes = output.boxes
    options.pictureSide = output.pictureSide(classes: options.classes?.count ?? 1)
    let network = ExplainedNetwork(
      loaded.parameters, preprocessing: loaded.preprocessing, method: method)
    let run = RecordRun(
      writer: ExplanationWriter(
        output: files, format: output.format(isOnePhoto: input.isOnePhoto), model: loaded.name,
        method: method, console: console),
      output: files, run: ImageRun(runOptions, console: console, stop: stop))
    var runs = ClassifierOptions()
    runOptions.apply(to: &runs)
    decoding.apply(to: &runs)
    try run.perform(
      input.source,
      with: ExplanationPipeline(
        explaining: network, labels: loaded.labels, options: options, run: runs, stop: stop))
  }
}

extension InputOptions {
  /// Whether there is one input, and it is neither a folder nor a tar file. Standard input and
  /// FIFOs, which may be tar files, count as a photo.
  var isOnePhoto: Bool {
    guard let soleInput else { return false }
    if inputs == ["-"] { return true }
    let kind = (try? FileStatus(of: soleInput))?.kind
    return kind != .directory
      && (kind != .regular || !InputSource.Input.path(soleInput).mayBeArchive)
  }
}
