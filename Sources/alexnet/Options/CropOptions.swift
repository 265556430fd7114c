import ArgumentParser
import Classification
import ModelLibrary
import Preprocessing

extension Preprocessing.Views: ExpressibleByArgument {
  public var defaultValueDescription: String { String(rawValue) }
  public static var allValueStrings: [String] { allCases.map { String($0.rawValue) } }
}

/// Which parts of a picture are given to the network.
struct CropOptions: ParsableArguments {
  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "Classify one crop of each image, or ten crops (the corners, the centre, and their mirror "
        + "images) whose probabilities are averaged.", valueName: "count"))
  var crops = Preprocessing.Views.one

  func apply(to options: inout ClassifierOptions) {
    options.views = crops
  }

  /// - Throws: what ends the command if ten crops cannot be made with the model's preprocessing.
  func check(_ model: Model) throws {
    guard crops == .ten else { return }
    do throws(PreprocessingError) {
      _ = try model.preprocessing.lastCrop()
    } catch {
      throw CommandFailure(
        .usage, "--crops 10 cannot be used with the model '\(model.name)': \(error)",
        hint: "use --crops 1")
    }
  }
}
