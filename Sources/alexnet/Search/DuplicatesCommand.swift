import ArgumentParser
import Classification
import Kernels
import Search
import System
import Tensors
import Threads

/// `alexnet duplicates`: folders of photos in, groups of near copies out.
struct DuplicatesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "duplicates",
    abstract: "Find near copies among photos; deletes nothing.",
    discussion: """
      Groups photos that look alike: copies, also in another size or quality, or slightly cropped. \
      Every two photos of a group are at least as similar as the threshold, and a file is never a \
      copy of itself, whatever its names. Look at the photos before you delete any: photos of a \
      series look alike, too, and that two faces or scenes look alike does not mean that they are \
      the same.

      Each group names first the photo to keep: the one with the most pixels; of these the largest \
      file; of these the oldest.

      \(SearchFigures.duplicates)

      Examples:
        alexnet duplicates ~/Pictures
        alexnet duplicates --index photos.index
        alexnet duplicates --jsonl ~/Pictures | jq -r '.photos[1:][].path'
      """)

  @Argument(
    help: ArgumentHelp(
      "A folder, which is searched with all folders below it, or a JPEG or PNG file.",
      valueName: "input"),
    completion: .file())
  var inputs: [String] = []

  @Option(
    help: ArgumentHelp(
      "Compare the photos of this index, which 'alexnet index' made, instead of reading photos.",
      valueName: "file"),
    completion: .file())
  var index: String?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "The lowest similarity of near copies, from 0 to 1.", valueName: "similarity"))
  var threshold = SearchFigures.duplicateThreshold

  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup var making: FeatureModelOptions

  func validate() throws {
    if !(0...1).contains(threshold) {
      throw ValidationError("--threshold must be between 0 and 1.")
    }
    if index == "" {
      throw ValidationError("The name of the index is empty.")
    }
    if inputs.contains("") {
      throw ValidationError("An input's name is empty.")
    }
    if inputs.contains("-") {
      throw ValidationError(
        "Near copies are sought among files with names, not standard input (-).")
    }
    if index != nil && making.choosesModel {
      throw ValidationError(
        "The features are those of the index: options about the model or the decoding have no "
          + "effect.")
    }
    if index != nil && !inputs.isEmpty {
      throw ValidationError("The photos are those of the index or those that are named, not both.")
    }
  }

  func run() throws {
    // This is not checked in `validate()`, because the parser calls that before it reports an
    // unknown option.
    if inputs.isEmpty && index == nil {
      throw ValidationError("Nothing to compare: name a folder, or an index with --index.")
    }
    let stop = StopFlag()
    Signals.install(raising: stop)
    let console = making.console
    var protection = OutputProtection(
      inputs.map { ReadFile.input(RawPath(argument: $0)) } + ReadFile.option(index, "the index")
        + making.readFiles)
    try output.check(&protection)
    let target = try output.open(console: console)
    do {
      let photos =
        if let index { try open(RawPath(argument: index)) } else { try read(stop, console) }
      let pool = WorkerPool(threads: making.classifierOptions.threads)
      let rows = distinctFiles(photos.index, isFresh: index == nil, console)
      let groups: [DuplicateGroup]
      do throws(SystemError) {
        groups = try DuplicateSearch(
          NeighbourSearch(photos.index, pool: pool), threshold: threshold
        ).groups(among: rows, stop: stop)
      } catch {
        throw SilentExit(signal: stop.signal ?? 0)
      }
      do throws(OutputError) {
        try DuplicatesWriter(output: target, format: output.chosenFormat).write(groups)
        try target.commit()
      } catch {
        throw error.failure
      }
      report(groups, compared: rows.count, console)
      if photos.failed > 0 { throw SilentExit(status: .inputFailed) }
    } catch {
      target.abandon()
      throw error
    }
  }

  private func open(_ path: RawPath) throws -> (index: FeatureIndex, failed: Int) {
    do throws(IndexError) {
      return (try FeatureIndex(path), 0)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Reads the photos that were named into an index in memory.
  private func read(
    _ stop: StopFlag, _ console: Console
  ) throws -> (index: FeatureIndex, failed: Int) {
    let model = try making.open(for: nil, console: console)
    let run = ImageRun(making.runOptions, console: console, stop: stop)
    let plan: IndexPlan
    let output = MemoryOutput()
    let result: (changes: IndexMaker.Changes, summary: RunSummary)
    do throws(SystemError) {
      plan = try IndexPlan(
        inputs.map(RawPath.init(argument:)), old: nil, keepsMissing: false,
        walk: DirectoryWalk.pictures, stop: stop, digest: { _ in nil })
      let builder = try IndexBuilder(
        model.description, element: .int8, length: model.length, spoolBeside: nil,
        pool: WorkerPool(threads: model.options.threads))
      result = try IndexMaker(model: model, run: run).add(plan, to: builder)
      if !stop.isRaised { try builder.write(to: output) }
    } catch .stopped {
      throw SilentExit(signal: stop.signal ?? 0)
    } catch {
      throw CommandFailure(.outputError, error.description)
    }
    try run.checkEnd(result.summary)
    run.note(passedOver: plan.passedOver)
    if run.hasTooManyFailures(result.summary) {
      run.reportTooManyFailures(result.summary, consequence: "there is no result")
      throw SilentExit(status: .inputFailed)
    }
    let index: FeatureIndex
    do throws(IndexError) {
      index = try FeatureIndex(Storage(copying: output.bytes.span), path: "the photos")
    } catch {
      throw CommandFailure(.internalFault, error.description)
    }
    if index.count == 0, result.changes.failed == 0 {
      throw CommandFailure(.noInput, "there is no image among the inputs")
    }
    return (index, result.changes.failed)
  }

  /// The rows of files that are there, each file once, whatever its names.
  private func distinctFiles(_ index: FeatureIndex, isFresh: Bool, _ console: Console) -> [Int] {
    let paths = IndexPaths(index.description)
    var seen: Set<FileIdentity> = []
    var (missing, changed) = (0, 0)
    let rows = (0..<index.count).filter { row in
      let photo = index.photo(row)
      guard let status = paths.status(photo.path) else {
        missing += 1
        return false
      }
      if status.size != photo.byteCount || status.modified != photo.modified { changed += 1 }
      return seen.insert(status.identity).inserted
    }
    if missing > 0 {
      console.note("\(DisplayText.counted(missing, "photo")) of the index not found, and left out")
    }
    if changed > 0, !isFresh {
      console.note(
        "\(DisplayText.counted(changed, "file")) changed since the index was made: "
          + "'alexnet index --update' reads them again")
    }
    return rows
  }

  private func report(_ groups: [DuplicateGroup], compared: Int, _ console: Console) {
    let others = groups.flatMap { $0.members.dropFirst() }
    guard !others.isEmpty else {
      console.note("no near copies among \(DisplayText.counted(compared, "photo"))")
      return
    }
    let bytes = others.reduce(0) { $0.addingReportingOverflow($1.photo.byteCount).partialValue }
    let copies = others.count == 1 ? "1 copy" : "\(others.count) copies"
    console.note(
      "\(DisplayText.counted(groups.count, "group")) among \(compared) photos: \(copies) beside "
        + "those to keep, \(DisplayText.fileSize(max(0, bytes)))")
  }
}
