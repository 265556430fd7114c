import ArgumentParser
import Classification
import ModelLibrary
import Network
import System

/// `alexnet sort`: photos into folders by what they show.
struct SortCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sort",
    abstract: "Copy, link or move photos into folders by what they show.",
    discussion: """
      Classifies the photos, and puts each into OUT/CLASS or, with --by group, into OUT/GROUP \
      (dog, bird, food, vehicle, ...). OUT is the folder of --into. Nothing is ever replaced: \
      where there is a file of that name already, the new one gets a number. Photos that cannot \
      be read stay where they are and are reported. Photos that are in folders below OUT already \
      are left there. Photos in tar files or on standard input cannot be sorted.

      What was done is listed in OUT/undo-N.jsonl, and --undo FILE takes it back: copies and links \
      are removed, moved photos return. A copy that was changed since stays.

      Examples:
        alexnet sort ~/Pictures --into sorted --dry-run
        alexnet sort ~/Pictures --into sorted --by group --min-probability 0.5
        alexnet sort --from pictures.jsonl --into sorted --link
        alexnet sort --undo sorted/undo-1.jsonl
      """)

  @OptionGroup var input: InputOptions

  @Option(
    help: ArgumentHelp("The folder in which the folders are made.", valueName: "folder"),
    completion: .directory)
  var into: String?

  @Option(help: "What a folder stands for.") var by = SortFolders.Kind.class

  @Flag(help: "Copy the photos (default), move them, or make symbolic links to them.")
  var placement = FilePlacement.copy

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "Photos whose class or group is less probable than this go into the folder 'unsure'.",
      valueName: "probability"))
  var minProbability: Float = 0

  @Flag(name: [.customShort("n"), .long], help: "Print what would be done, and do nothing.")
  var dryRun = false

  @Option(
    help: ArgumentHelp(
      "Take the answers from JSON Lines that 'alexnet classify --jsonl' wrote.", valueName: "file"),
    completion: .file())
  var from: String?

  @Option(
    help: ArgumentHelp("Take back what an earlier run did.", valueName: "file"),
    completion: .file())
  var undo: String?

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Model") var precision: PrecisionOptions
  @OptionGroup(title: "Model") var description: ModelDescriptionOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions

  func validate() throws {
    if undo != nil {
      if into != nil || from != nil || !input.isEmpty {
        throw ValidationError("--undo needs nothing but the list that an earlier run wrote.")
      }
      return
    }
    if (into ?? "").isEmpty { throw ValidationError("Say where the folders go: --into FOLDER.") }
    if from != nil && !input.isEmpty {
      throw ValidationError("--from brings the photos: name no others.")
    }
    if input.inputs.contains("-") {
      throw ValidationError("Standard input has no file to sort; name the photos themselves.")
    }
    if !(0...1).contains(minProbability) {
      throw ValidationError("--min-probability must be between 0 and 1.")
    }
  }

  func run() throws {
    let console = Console(isQuiet: runOptions.isQuiet)
    let stop = StopFlag()
    Signals.install(raising: stop)
    if let undo {
      return try UndoList.takeBack(
        RawPath(argument: undo), dryRun: dryRun, console: console, stop: stop)
    }
    if from == nil && input.isEmpty {
      throw ValidationError(
        "Nothing to sort: name photos or a folder, or --from a file of records.")
    }
    let target = RawPath(argument: into ?? "")
    do throws(SystemError) {
      try checkFolder(target)
    } catch {
      throw CommandFailure(.cannotCreateOutput, error.description)
    }
    var folders = SortFolders(by: by, minProbability: minProbability)
    var failed = 0
    var sorted = SortedPhotos(in: target)
    if let from {
      try folders.read(
        RawPath(argument: from), skipping: { sorted.take($0) },
        onFailure: { file in
          console.error("\(file.repaired): has no answer, or is in an archive")
          failed += 1
        })
    } else {
      failed = try classify(into: &folders, skipping: &sorted, console, stop)
    }
    if sorted.count > 0 {
      console.note(
        "left \(DisplayText.counted(sorted.count, "photo")) where "
          + "\(sorted.count == 1 ? "it is" : "they are"), in folders of \(target.repaired)")
    }
    let sorter = Sorter(
      target: target, placement: placement, isDryRun: dryRun, console: console, stop: stop)
    let problems = try sorter.place(folders.places())
    if failed + problems > 0 { throw SilentExit(status: .inputFailed) }
  }

  /// - Returns: how many inputs could not be read.
  private func classify(
    into folders: inout SortFolders, skipping sorted: inout SortedPhotos, _ console: Console,
    _ stop: StopFlag
  ) throws -> Int {
    let loaded = try model.open(description, precision, console: console)
    var options = ClassifierOptions()
    runOptions.apply(to: &options)
    decoding.apply(to: &options)
    options.top = by == .group ? loaded.labels.count : 1
    let groups = loaded.labels.map { $0.wnid.flatMap(ClassHierarchy.imageNet.group) }
    if by == .group, !groups.contains(where: { $0 != nil }) {
      throw CommandFailure(
        .usage, "the classes of \(loaded.name) are in no groups: they have no WordNet ids",
        hint: "use --by class")
    }
    let run = ImageRun(runOptions, console: console, stop: stop)
    let summary = run.perform(input.source, with: Classifier(loaded, options)) { record in
      if record.archive != nil {
        console.error("\(record.path.repaired): is in an archive; unpack that to sort its photos")
        folders.unplaced += 1
      } else if case .failed = record.outcome {
        run.report(record)
      } else if !sorted.take(record.path) {
        folders.add(record, groups: groups)
      }
    }
    try run.checkEnd(summary)
    run.note(passedOver: summary.passedOver)
    if run.hasTooManyFailures(summary) {
      run.reportTooManyFailures(summary, consequence: "nothing was sorted")
      throw SilentExit(status: .inputFailed)
    }
    if summary.foundNothing { throw CommandFailure(.noInput, "there is no image among the inputs") }
    return summary.failed + folders.unplaced
  }
}

extension FilePlacement: EnumerableFlag {
  public static func help(for value: FilePlacement) -> ArgumentHelp? {
    switch value {
    case .copy: "Copy the photos."
    case .move: "Move the photos."
    case .link: "Make symbolic links to the photos."
    }
  }
}
