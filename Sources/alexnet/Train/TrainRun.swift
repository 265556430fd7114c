import Architecture
import Classification
import Explanation
import Images
import JSON
import ModelLibrary
import Network
import Preprocessing
import System
import Threads
import Training

/// One run of `alexnet train`, from the photos to the file of the model.
final class TrainRun {
  private let command: TrainCommand
  private let console: Console
  private let stop: StopFlag
  private let options: ClassifierOptions
  private let reporter: TrainingReporter
  /// The file of the model; an empty name where only a preview is wanted.
  private let name: String
  private let outputPath: RawPath
  /// What is kept beside it.
  private let folder: TrainingFolder
  /// Photos that could not be read.
  private var failures = 0
  /// Keeps other runs out of the folder beside the output.
  private var lock: FileLock?

  init(_ command: TrainCommand, console: Console, stop: StopFlag) {
    self.command = command
    self.console = console
    self.stop = stop
    var options = ClassifierOptions()
    command.runOptions.apply(to: &options)
    command.decoding.apply(to: &options)
    self.options = options
    name = command.output ?? ""
    outputPath = RawPath(argument: name)
    folder = TrainingFolder(outputPath.adding(TrainingFolder.suffix))
    reporter = TrainingReporter(
      console: console, showsProgress: console.canShowProgress && !command.runOptions.noProgress)
  }

  func perform() throws {
    let programBegan = ContinuousClock.now
    let library = ModelLibrary()
    try protectInputs()
    if command.preview == nil { try checkOutputs(library) }
    let base = try command.start.open(library)
    let teacherModel = try command.teacher.openModel(library)
    let pool = WorkerPool(threads: options.threads)
    let reader = PhotoReader(
      base.preprocessing, inputSize: base.architecture.inputSize, options: options)
    var photos = try readPhotos(reader, pool)
    let architecture = base.architecture.withClasses(photos.classes.count)
    let settings = try command.settings(base, architecture, photos)
    if settings.hasFrozenLayers {
      // A view's outputs of the last layers take a twelfth of a picture's bytes.
      photos.keepPictures(atMost: options.maxMemory / 4 * 3)
    }
    var teacher = try command.teacher.open(photos.classes)
    let run = TrainingDescription(
      settings: settings, photos: photos, base: base, teacher: teacherModel?.source,
      targets: teacher, architecture: architecture, options: options)
    if let teacher { try checkTargets(teacher, photos.training) }
    console.note(base.summary)

    if let path = command.preview {
      return try preview(
        path,
        try PreviewSheet(
          photos.training, settings: settings, reader: reader,
          inputSize: architecture.inputSize, pool: pool))
    }
    let taught = try teacherModel?.empty(for: photos.classes)
    if lock == nil { lock = try folder.lock() }
    if command.runOptions.resume {
      try folder.check(run.json)
    } else {
      noteInterrupted()
      try folder.begin(run.json)
    }
    if let teacherModel, let taught { teacher = try teach(teacherModel, taught, photos, pool) }
    try folder.write("validation.jsonl", photos.validationList)
    reporter.log = TrainingLog(
      folder, run: run.json,
      continuingAfter: command.runOptions.resume ? try folder.epochsDone() : nil)
    let memoryLeft = options.maxMemory - photos.training.pictureBytes
    let validationMemory = min(Trainer.validationMemory, memoryLeft / 4)
    let trainer = try Trainer(
      TrainingStart(
        architecture: architecture,
        parameters: try base.parameters(
          for: architecture, labels: photos.classes, settings: settings),
        preprocessing: base.preprocessing, hasLearned: base.source != nil,
        calibration: settings.runsFrozenLayersIn8Bits ? base.calibration() : nil),
      training: photos.training, validation: photos.validation, settings: settings,
      teacher: teacher, reader: reader, folder: folder,
      checkpointInterval: .seconds(command.runOptions.checkpointEvery.seconds),
      featureMemory: memoryLeft - validationMemory, validationMemory: validationMemory, pool: pool,
      stop: stop,
      onEvent: reporter.show)
    let began = ContinuousClock.now
    reporter.begin(settings, architecture)
    defer { reporter.end() }
    let end = try trainer.run(
      resuming: command.runOptions.resume, secondsBefore: (began - programBegan) / .seconds(1))
    reporter.write { (log) throws(TrainingError) in try log.drawCurves() }
    guard end == .finished else {
      reporter.end()
      console.note("stopped; --resume continues from here")
      if let signal = stop.signal { throw SilentExit(signal: signal) }
      throw SilentExit(status: .inputFailed)
    }
    reporter.end()

    let best = try trainer.best()
    var converted = try TrainedModel(
      architecture: architecture, parameters: best, preprocessing: base.preprocessing,
      labels: photos.classes, training: run.metadata, source: base.source
    ).converted(file: outputPath.repaired)
    let evaluation = TrainedModelEvaluation(converted.model, reader: reader, pool: pool)
    let evaluationBegan = ContinuousClock.now
    let result = evaluation.evaluate(photos.validation, onFailure: reporter.show(lost:_:))
    let seconds = (ContinuousClock.now - evaluationBegan) / .seconds(1)
    converted.note(accuracy: run.accuracy(result))
    let size = try library.newFile(at: outputPath).write(converted, stop: stop)
    // The finished file itself must see the photos as the training did.
    let checked = try evaluation.check(
      try library.open(path: outputPath), photos.validation, options: options,
      expected: trainer.validationProbabilities(best, atMost: TrainedModelEvaluation.checkedPhotos),
      folder: folder)
    try write(evaluation.mistakes)
    reporter.write { (log) throws(TrainingError) in
      try log.add(
        result: [
          "validation": run.accuracy(result)["validation"] ?? .null,
          "photos_compared_with_file": .integer(checked),
        ])
    }
    // Until here, --resume can go on.
    try folder.removeCheckpoints()
    try report(result, model: converted.model, seconds: seconds, size: size)
    if failures > 0 || !reporter.lost.isEmpty { throw SilentExit(status: .inputFailed) }
  }

  /// Finds out before the work whether the outputs can be written.
  private func checkOutputs(_ library: ModelLibrary) throws {
    if let status = try? FileStatus(of: outputPath), status.kind != .regular {
      throw CommandFailure(
        .cannotCreateOutput,
        "\(outputPath.repaired) is \(status.kind.description), not a file; the finished model is "
          + "read again, so that it must be one")
    }
    if let path = command.perClass { try checkOutput(RawPath(argument: path)) }
    if let note = inPlaceNote(outputPath, try library.newFile(at: outputPath).inPlaceReason) {
      console.note(note)
    }
    try checkFolder()
  }

  private func checkFolder() throws {
    if let status = try? FileStatus(of: folder.path) {
      let name = folder.path.repaired
      guard status.kind == .directory else {
        throw CommandFailure(
          .cannotCreateOutput,
          "\(name) is \(status.kind.description), not a folder, and training keeps its files there",
          hint: "name another output, or rename this file")
      }
      guard try !folder.isOfOthers() else {
        throw CommandFailure(
          .cannotCreateOutput, "\(name) is not the folder of an earlier training, and is not empty",
          hint: "name another output, or rename this folder")
      }
      lock = try folder.lock()
    }
    if command.runOptions.resume, !folder.hasCheckpoint {
      throw TrainingError.noCheckpoint(folder: folder.path)
    }
  }

  /// Says that an interrupted training is given up.
  private func noteInterrupted() {
    guard folder.hasCheckpoint else { return }
    // A checkpoint that cannot be read does not prevent a new training.
    let epochs = try? folder.epochsDone()
    guard epochs != 0 else { return }
    console.note(
      "an interrupted training"
        + (epochs.map { " of \(DisplayText.counted($0, "epoch"))" } ?? "")
        + " was there; without --resume, this one starts from the beginning")
  }

  // MARK: Photos

  private func readPhotos(_ reader: PhotoReader, _ pool: WorkerPool) throws -> TrainingSets {
    let listed = try command.listPhotos()
    reporter.beginReading(
      listed.training.photos.count + (listed.validation?.photos.count ?? 0))
    defer { reporter.end() }
    let all = read(listed.training.photos, reader, memory: options.maxMemory, pool)
    let held = listed.validation.map { read($0.photos, reader, memory: 0, pool) }
    if let signal = stop.signal { throw SilentExit(signal: signal) }
    let sets = TrainingSets(
      classes: listed.training.classes, photos: all, validation: held,
      heldOutShare: command.validationShare, allowsEmptyClasses: command.classes != nil, stop: stop)
    if let signal = stop.signal { throw SilentExit(signal: signal) }
    reporter.end()
    let failures =
      listed.training.failures + (listed.validation?.failures ?? []) + all.failures
      + (held?.failures ?? [])
    self.failures = failures.count
    for failure in failures {
      console.error("\(failure.path.repaired): \(failure.failure.message)")
    }
    for line in sets.summary(listed) { console.note(line) }
    if let problem = sets.problem { throw CommandFailure(.noInput, problem) }
    return sets
  }

  /// Says how many photos `--targets` knows.
  ///
  /// - Throws: a failure where it knows none of them.
  private func checkTargets(_ targets: TeacherTargets, _ photos: TrainingPhotos) throws {
    let seen = photos.photos.count { targets.hasSeen($0.photo.path) }
    guard seen > 0 else {
      let example = photos.photos.first?.photo.path.repaired ?? ""
      throw CommandFailure(
        .noInput,
        "--targets has none of the photos to learn from: its paths must be those of the photos, "
          + "as '\(example)'")
    }
    if seen < photos.photos.count {
      console.note("--targets has \(seen) of the \(photos.photos.count) photos to learn from")
    }
    if targets.unknownPredictions > 0 {
      console.note(
        "--targets: \(DisplayText.counted(targets.unknownPredictions, "prediction")) of other "
          + "classes left out")
    }
  }

  /// What a model sees in the photos to learn from.
  private func teach(
    _ model: ModelTeacher, _ empty: TeacherTargets, _ photos: TrainingSets, _ pool: WorkerPool
  ) throws -> TeacherTargets {
    reporter.beginTeaching(photos.training.photos.count)
    defer { reporter.end() }
    let targets = model.targets(
      photos.training, adding: empty, options: options, pool: pool, stop: stop
    ) { reporter.advance($0, failed: 0) }
    if let targets { return targets }
    if let signal = stop.signal { throw SilentExit(signal: signal) }
    throw SilentExit(status: .inputFailed)
  }

  private func read(
    _ photos: [Photo], _ reader: PhotoReader, memory: Int, _ pool: WorkerPool
  ) -> TrainingPhotos {
    TrainingPhotos(photos, reader: reader, memory: memory, pool: pool) { read, failed in
      reporter.advance(read, failed: failed)
      return !stop.isRaised
    }
  }

  /// Refuses outputs that would replace what is read.
  private func protectInputs() throws {
    let start = command.start
    let teacher = command.teacher
    let data = [command.data, command.validation].compactMap(\.self)
    var protection = OutputProtection(
      data.map { ReadFile.input(RawPath(argument: $0)) }
        + (start.fromScratch ? [] : ReadFile.model(start.from))
        + (teacher.teacher.map { ReadFile.model($0) } ?? [])
        + ReadFile.option(teacher.targets, "the targets")
        + ReadFile.option(start.preprocess, "the preprocessing")
        + ReadFile.option(command.classes, "the list of classes"))
    try protection.check(command.perClass.map(RawPath.init(argument:)), "the CSV file")
    try protection.check(
      command.preview.map(RawPath.init(argument:)), "the preview", replacesOwnPictures: true)
    if command.preview == nil {
      try protection.check(outputPath, "the model")
      try protection.check(
        ownFolder: outputPath.adding(TrainingFolder.suffix))
    }
  }

  /// Writes a sheet of augmented pictures, as the network would see them.
  private func preview(_ path: String, _ sheet: PreviewSheet) throws {
    let output = try ResultOutput(path: RawPath(argument: path), console: console)
    try output.write(PictureMark.train.marked(sheet.file))
    try output.commit()
    console.note(
      "wrote \(path): \(sheet.photos) photos, one a row, each in \(sheet.views) augmented views")
  }

  // MARK: The end

  /// Writes the worst mistakes as a sheet of pictures, with a list of what they are.
  private func write(_ mistakes: [TrainedModelEvaluation.Mistake]) throws {
    guard let sheet = ContactSheet(columns: 5).picture(of: mistakes.map(\.picture)) else { return }
    try folder.write(.mistakesPicture, sheet.pngFile())
    let lines = mistakes.map { $0.json.text + "\n" }.joined()
    try folder.write(.mistakes, Array(lines.utf8))
  }

  private func report(
    _ evaluation: Evaluation, model: Model, seconds: Double, size: Int
  ) throws {
    let report = EvaluationReport(
      evaluation: evaluation, model: name, crops: 1, unlabelled: 0, seconds: seconds,
      confusionsShown: command.confusions)
    let output = ResultOutput(console: console)
    try output.write(
      command.json
        ? report.json.text + "\n" : report.table(TextStyle(isEnabled: output.wantsColor)))
    if let path = command.perClass {
      let file = try ResultOutput(path: RawPath(argument: path), console: console)
      try file.write(lines: report.perClassCSV)
      try file.commit()
    }
    console.note(
      "wrote \(name), \(DisplayText.megabytes(size)); "
        + "'alexnet classify --model \(name) PHOTO' uses it")
  }
}
