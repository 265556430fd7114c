import ArgumentParser
import Classification
import ModelLibrary
import System

/// What the images of a folder show.
struct GroundTruthOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("A list that says what the images show.", valueName: "file"),
    completion: .file())
  var groundTruth: String?

  @Flag(help: "Leave out folders and images whose class the model does not know.")
  var skipUnknown = false

  func validate() throws {
    if groundTruth == "" { throw ValidationError("The name of the list is empty.") }
  }

  /// The labelled images of a folder; what is left out is noted.
  ///
  /// - Throws: what ends the command.
  func images(in folder: RawPath, for model: Model, console: Console) throws -> LabelledImages {
    let images = try labelledImages(in: folder, ClassNames(model.labels))
    if !images.skipped.isEmpty {
      console.note(
        "left out, since the model does not know them: \(images.skipped.joined(separator: ", "))")
    }
    if images.unlabelled > 0 {
      console.note(
        "\(DisplayText.counted(images.unlabelled, "image")) left out: nothing says what they show")
    }
    return images
  }

  private func labelledImages(in folder: RawPath, _ classes: ClassNames) throws -> LabelledImages {
    do throws(EvaluationError) {
      guard let groundTruth else {
        return try LabelledImages(folder: folder, classes: classes, skipsUnknown: skipUnknown)
      }
      return try LabelledImages(
        folder: folder, listedIn: path(from: groundTruth), classes: classes,
        skipsUnknown: skipUnknown)
    } catch {
      throw CommandFailure(
        error.isMissing ? .noInput : .usage, error.description, hint: error.advice)
    }
  }
}
