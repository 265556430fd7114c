import Architecture
import ArgumentParser
import Classification
import Kernels
import Search
import System
import Threads

/// `alexnet index`: folders of photos in, an index of their features out.
struct IndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Make or update an index of photos, for 'alexnet similar' and 'duplicates'.",
    discussion: """
      An index holds the features of photos: the values of a layer of the network. The same \
      command again updates it: only new and changed files are read, and photos whose files are \
      gone leave the index. Where a folder that is named is gone itself, as on a disk that is not \
      mounted, its photos stay. If it is interrupted, what was read so far is kept. The old index \
      stays until the new one is complete.

      'alexnet help search' says how photos are compared, and how large an index is.

      Examples:
        alexnet index ~/Pictures --output photos.index
        alexnet index --update --output photos.index
        alexnet similar cat.jpg --index photos.index
        alexnet duplicates --index photos.index
      """)

  @Argument(
    help: ArgumentHelp(
      "A folder, which is searched with all folders below it, or a JPEG or PNG file.",
      valueName: "input"),
    completion: .file())
  var inputs: [String] = []

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The index to make or update.", valueName: "file"),
    completion: .file())
  var output: String

  @Flag(help: "Update the index with the folders and files that it was made from.")
  var update = false

  @Flag(help: "Keep photos whose files are gone.")
  var keepMissing = false

  @Option(
    help: ArgumentHelp(
      "The layer whose values are the features, by its name in 'alexnet info'. (default: that of "
        + "the index, or else the fully connected layer before the one that gives the classes"
        + "\(Self.usualLayer))",
      valueName: "name"))
  var layer: String?

  @Option(
    help: ArgumentHelp(
      "How values are stored: int8 takes one byte a value, f16 two. (default: that of the "
        + "index, or else int8)"))
  var store: FeatureStore?

  @Option(
    help: ArgumentHelp(
      "The precision to compute in, as for 'alexnet features'. (default: that of the index, or "
        + "else fp32)", valueName: "fp32|bf16|int8|auto"))
  var precision: PrecisionOptions.Name?

  @OptionGroup var making: FeatureModelOptions

  /// The default layer of the usual architecture, for the help.
  private static var usualLayer: String {
    Architecture.alexnet.featureLayer.map { ", such as \($0.name)" } ?? ""
  }

  func validate() throws {
    if output.isEmpty {
      throw ValidationError("The name of the index is empty.")
    }
    if inputs.contains("") {
      throw ValidationError("An input's name is empty.")
    }
    if inputs.contains("-") {
      throw ValidationError("An index needs files with names; standard input (-) has none.")
    }
  }

  func run() throws {
    // This is not checked in `validate()`, because the parser calls that before it reports an
    // unknown option.
    if inputs.isEmpty, !update {
      throw ValidationError("Nothing to index: name a folder or a file, or --update.")
    }
    let stop = StopFlag()
    Signals.install(raising: stop)
    let console = making.console
    let file = try IndexFile(RawPath(argument: output))
    let old = file.old
    if update, old == nil {
      throw CommandFailure(.noInput, "there is no index \(file.path.repaired) to update")
    }
    let roots = try self.roots(old, file.path)
    let model = try making.open(layer: layer, precision: precision, for: old, console: console)
    let element = store?.element ?? old?.rows.element ?? .int8
    try check(old, file.path, model, element)
    var description = model.description
    description.inputs = roots.filter(\.isUTF8).map(\.repaired)
    guard description.fitsIndex else {
      file.abandon()
      throw CommandFailure(
        .usage, "an index cannot keep the names of \(description.inputs.count) inputs",
        hint: update
          ? "make a new index of the folders that they are in" : "name the folders that they are in"
      )
    }
    let plan: IndexPlan
    do throws(SystemError) {
      plan = try IndexPlan(
        roots, old: old, keepsMissing: keepMissing, walk: DirectoryWalk.pictures, stop: stop,
        digest: ContentDigest.bytes(of:))
    } catch {
      throw SilentExit(signal: stop.signal ?? 0)
    }
    let pool = WorkerPool(threads: model.options.threads)
    let run = ImageRun(making.runOptions, console: console, stop: stop)
    let result: (changes: IndexMaker.Changes, summary: RunSummary)
    let builder: IndexBuilder
    do throws(SystemError) {
      builder = try IndexBuilder(
        description, element: element, length: model.length, old: old, spoolBeside: file.path,
        pool: pool)
      result = try IndexMaker(model: model, run: run).add(plan, to: builder)
    } catch {
      file.abandon()
      throw CommandFailure(.outputError, error.description)
    }
    let isSame =
      result.changes.added == 0 && result.changes.changed == 0 && plan.removed == 0
      && old?.count == builder.count && old?.description == description && !plan.hasNewTimes
    if isSame || old == nil && builder.count == 0 {
      file.abandon()
    } else {
      try file.commit(builder)
    }
    try report(plan, result.changes, result.summary, builder.count, run, file.path)
  }

  /// What to search for photos: the inputs; with --update also those of earlier runs.
  private func roots(_ old: FeatureIndex?, _ path: RawPath) throws -> [RawPath] {
    let named = inputs.map(RawPath.init(argument:))
    guard let old else { return named }
    let stored = old.description.inputs.map { RawPath($0) }
    if IndexPaths(old.description).areElsewhere,
      !(update ? stored : []).allSatisfy(\.isAbsolute)
        || (0..<old.count).contains(where: { !old.path($0).isAbsolute })
    {
      throw CommandFailure(
        .usage,
        "the paths in \(path.repaired) begin at \(old.description.folder ?? "another folder")",
        hint: "update the index from there")
    }
    if update {
      let known = Set(stored)
      return stored + named.filter { !known.contains($0) }
    }
    return named
  }

  private func check(
    _ old: FeatureIndex?, _ path: RawPath, _ model: FeatureModel, _ element: FeatureRows.Element
  ) throws {
    guard model.length <= FeatureRows.longestRow else {
      throw CommandFailure(
        .usage,
        "the layer \(model.layer.layer.name) has \(model.length) values for each photo, and an "
          + "index takes at most \(FeatureRows.longestRow)")
    }
    guard let old else { return }
    do {
      try model.check(old, path: path)
      guard old.rows.element == element else {
        throw CommandFailure(
          .differs(
            path: path.repaired,
            differences: [
              "stored values of \(FeatureStore(old.rows.element).rawValue), not "
                + FeatureStore(element).rawValue
            ]))
      }
    } catch let failure as CommandFailure {
      throw CommandFailure(
        failure.status, failure.message, details: failure.details,
        hint: "name another output, or remove this index first")
    }
  }

  /// Says what has changed, and ends the command.
  private func report(
    _ plan: IndexPlan, _ changes: IndexMaker.Changes, _ summary: RunSummary, _ count: Int,
    _ run: ImageRun, _ path: RawPath
  ) throws {
    let console = run.console
    run.note(passedOver: plan.passedOver)
    let unchanged = count - changes.added - changes.changed - plan.missing
    var parts = [
      "\(changes.added) added", "\(changes.changed) changed", "\(plan.removed) removed",
      "\(unchanged) unchanged",
    ]
    if plan.missing > 0 { parts.append("\(plan.missing) missing but kept") }
    if changes.failed > 0 { parts.append("\(changes.failed) failed") }
    let isWritten = (try? FileStatus(of: path)) != nil
    if isWritten {
      console.note(
        "\(path.repaired): \(DisplayText.counted(count, "photo")) "
          + "(\(parts.joined(separator: ", ")))")
    }
    if run.stop.isRaised { console.note("the same command continues from here") }
    try run.checkEnd(summary)
    if run.hasTooManyFailures(summary) {
      run.reportTooManyFailures(summary, consequence: isWritten ? nil : "no index was written")
    }
    if !isWritten, changes.failed == 0 || plan.toRead.isEmpty {
      throw CommandFailure(.noInput, "there is no image among the inputs")
    }
    if changes.failed > 0 { throw SilentExit(status: .inputFailed) }
  }
}
