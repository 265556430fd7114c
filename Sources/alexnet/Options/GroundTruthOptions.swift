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

  @Flag(help: "Leave out folders and images whose class the model does not have.")
  var skipUnknown = false

  func validate() throws {
    if groundTruth == "" { throw ValidationError("The name of the list is empty.") }
  }

  /// The labelled images of a folder. Images that are left out are noted.
  ///
  /// - Throws: what ends the command.
  func images(in folder: RawPath, for model: Model, console: Console) throws -> LabelledImages {
    let images = try labelledImages(in: folder, ClassNames(model.labels))
    if !images.skipped.isEmpty {
      console.note(
        "left out, because the model has no such class: \(images.skipped.joined(separator: ", "))")
    }
    if images.unlabelled > 0 {
      console.note(
        "\(DisplayText.counted(images.unlabelled, "image")) left out: no class is given for "
          + (images.unlabelled == 1 ? "it" : "them"))
    }
    return images
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
      throw CommandFailure(
        error.isMissing ? .noInput : .usage, error.description, hint: error.advice)
    }
  }
}
