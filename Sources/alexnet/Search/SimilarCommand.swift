import Architecture
import ArgumentParser
import Classification
import JSON
import ModelLibrary
import Search
import System
import Threads

/// `alexnet similar`: photos in, the photos of an index that look most like them out.
struct SimilarCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "similar",
    abstract: "Find the photos of an index that look most like a photo.",
    discussion: """
      Prints the photos of the index with the most similar features, the most similar first: \
      photos that look alike to the network. Photos that look alike need not show the same \
      thing, person or place: this identifies nobody.

      The model is the one that the index was made with. Another model, layer or preprocessing is \
      refused, because its features cannot be compared. 'alexnet help search' describes the \
      records.

      Examples:
        alexnet similar cat.jpg --index photos.index
        alexnet similar --top 3 --min-similarity 0.8 --index photos.index *.jpg
        alexnet similar --jsonl ~/New --index photos.index | jq -r '.similar[0].path'
        alexnet similar cat.jpg --index photos.index --report cat.html
        curl -s https://example.org/cat.jpg | alexnet similar - --index photos.index
      """)

  @OptionGroup var input: InputOptions

  @Option(
    help: ArgumentHelp("The index, which 'alexnet index' made.", valueName: "file"),
    completion: .file())
  var index: String

  @Option(
    name: .shortAndLong,
    parsing: .number,
    help: ArgumentHelp("The number of photos to print for each query.", valueName: "count"))
  var top = 10

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "Leave out photos that are less similar than this, from -1 to 1.", valueName: "similarity"))
  var minSimilarity: Float = -1

  @Flag(help: "List a query itself, too, if its file is in the index.")
  var includeSelf = false

  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Output") var report: ReportOptions
  @OptionGroup var making: FeatureModelOptions

  func validate() throws {
    if index.isEmpty {
      throw ValidationError("The name of the index is empty.")
    }
    if top < 1 {
      throw ValidationError("--top must be at least 1.")
    }
    if !(-1...1).contains(minSimilarity) {
      throw ValidationError("--min-similarity must be between -1 and 1.")
    }
  }

  func run() throws {
    // This is not checked in `validate()`, because the parser calls that before it reports an
    // unknown option.
    if input.isEmpty {
      throw ValidationError("Nothing to compare: name a photo, a folder, or - for standard input.")
    }
    let stop = StopFlag()
    Signals.install(raising: stop)
    let console = making.console
    let path = RawPath(argument: index)
    var protection = OutputProtection(
      input.readFiles + [ReadFile(path, "the index")] + making.readFiles)
    try output.check(&protection)
    let report = try report.open(
      &protection, resultsGoToOutput: output.output == nil, console: console)
    defer { report?.abandon() }
    // The output is opened before the model, so that a mistyped path is reported without waiting
    // for the model to load.
    let target = try output.open(console: console)
    let index: FeatureIndex
    do throws(IndexError) {
      index = try FeatureIndex(path)
    } catch {
      throw CommandFailure(error)
    }
    let model = try making.open(for: index, console: console)
    try model.check(index, path: path)
    let paths = IndexPaths(index.description)
    if paths.areElsewhere, index.count > 0, !index.path(0).isAbsolute {
      console.note("the paths of the index begin at \(index.description.folder ?? "")")
    }
    let writer = SimilarWriter(
      output: target, format: output.chosenFormat, model: model.model.name,
      layer: model.layer.layer.name, soleInput: input.soleInput, console: console)
    report?.model = model.model.name
    report?.title = input.soleInput.map { "Similar to \($0.repaired)" } ?? "Similar photos"
    report?.search = ["index": .string(path.repaired), "layer": .string(model.layer.layer.name)]
    let searching = SearchingWriter(
      finder: SimilarPhotosFinder(
        search: NeighbourSearch(index, pool: WorkerPool(threads: model.options.threads)),
        paths: paths, count: top, minimum: minSimilarity, includesSelf: includeSelf),
      writer: writer,
      report: report.map {
        SimilarReport(
          $0, paths: paths, thumbnails: PhotoThumbnails(options: model.options, stop: stop),
          console: console)
      })
    try RecordRun(
      writer: searching, output: target,
      run: ImageRun(making.runOptions, console: console, stop: stop), report: report
    ).perform(
      input.source,
      with: model.extractor(photoSide: report == nil ? nil : Thumbnail.side).illustrated)
  }
}
