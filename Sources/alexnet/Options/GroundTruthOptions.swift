import ArgumentParser
import Classification
import ModelLibrary
import System

/// The classes of the images of a folder.
struct GroundTruthOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("A list of the classes of the images.", valueName: "file"),
    completion: .file())
  var groundTruth: String?

  @Option(
    help: ArgumentHelp(
      "A file of lines 'name,class': the model's class for each name that the model does not "
        + "know.", valueName: "file"),
    completion: .file())
  var map: String?

  @Flag(help: "Leave out folders and images whose class the model does not have.")
  var skipUnknown = false

  func validate() throws {
    if groundTruth == "" { throw ValidationError("The name of the list is empty.") }
  }

  /// The labelled images of a folder. Images that are left out are noted.
  ///
  /// - Parameter classes: ``classNames(of:)`` of the model.
  /// - Throws: what ends the command.
  func images(
    in folder: RawPath, _ classes: ClassNames, console: Console
  ) throws -> LabelledImages {
    let images = try labelledImages(in: folder, classes)
    if !images.skipped.isEmpty {
      console.note(
        "left out, because the model has no such class: "
          + nameList(images.skipped))
    }
    if images.unlabelled > 0 {
      console.note(
        "\(DisplayText.counted(images.unlabelled, "image")) left out: no class is given for "
          + (images.unlabelled == 1 ? "it" : "them"))
    }
    return images
  }

  private func advice(_ error: EvaluationError) -> String? {
    if case .unknownClasses = error, skipUnknown {
      return "nothing is left without them; --model names another model, and --map a file that "
        + "says which class each name stands for"
    }
    return error.advice
  }

  /// The folders of the data, if the labels are to come from their names and none of these is a
  /// class; else none.
  func foldersWithoutClasses(in folder: RawPath, _ classes: ClassNames) -> [RawPath] {
    guard groundTruth == nil, !skipUnknown else { return [] }
    // What is wrong with the folder itself is reported when its images are listed.
    return (try? LabelledImages.foldersWithoutClasses(in: folder, classes)) ?? []
  }

  /// The names of the model's classes, and those of `--map`, which may be a FIFO: this is read
  /// once.
  ///
  /// - Throws: what ends the command.
  func classNames(of model: Model) throws -> ClassNames {
    let names = ClassNames(model.labels)
    guard let map else { return names }
    let path = RawPath(argument: map)
    do {
      let bytes = try listText(readFile(path, limit: 16 << 20, acceptsFIFO: true), of: path)
      return try names.adding(try NameMap.pairs(bytes, path: path), from: path)
    } catch let error as SystemError {
      throw CommandFailure(ExitStatus(reading: error), error.description)
    } catch let error as EvaluationError {
      throw CommandFailure(.usage, error.description, hint: "its second words are classes")
    }
  }

  private func status(_ error: EvaluationError) -> ExitStatus {
    switch error {
    case .unreadable(let error): ExitStatus(reading: error)
    case .notAFolder, .emptyFolder: .noInput
    case .badLine, .emptyList: .badFile
    case .noClassFolders, .unknownClasses, .ambiguousClass, .countMismatch: .usage
    }
  }

  private func labelledImages(in folder: RawPath, _ classes: ClassNames) throws -> LabelledImages {
    do throws(EvaluationError) {
      guard let groundTruth else {
        return try LabelledImages(folder: folder, classes: classes, skipsUnknown: skipUnknown)
      }
      return try LabelledImages(
        folder: folder, listedIn: RawPath(argument: groundTruth), classes: classes,
        skipsUnknown: skipUnknown)
    } catch {
      throw CommandFailure(status(error), error.description, hint: advice(error))
    }
  }
}
