import Architecture
import ArgumentParser
import Classification
import Explanation
import ModelLibrary
import Network

/// How evidence is found, and for which classes.
struct ExplanationMethodOptions: ParsableArguments {
  enum Method: String, ExpressibleByArgument, CaseIterable {
    case gradcam
    case occlusion
    case gradient
  }

  @Option(
    name: [.customLong("class"), .short],
    help: ArgumentHelp(
      "Explain this class: its WordNet id, its label, or its index in the model's output; a label "
        + "that is a number wins over an index. May be repeated. (default: the likeliest class)",
      valueName: "class"))
  var classes: [String] = []

  @Option(
    help: ArgumentHelp(
      "gradcam weights the maps of a layer with the gradient of the class. occlusion covers "
        + "windows of the picture and measures the loss of probability. gradient says how much "
        + "each pixel changes the class, up or down.",
      valueName: "gradcam|occlusion|gradient"))
  var method = Method.gradcam

  @Option(
    help: ArgumentHelp(
      "For gradcam: a convolution or pooling, by its name in 'alexnet info'. (default: the last "
        + "convolution)",
      valueName: "name"))
  var layer: String?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "For occlusion: height and width of a window, in pixels of the network's input. (default: "
        + "\(Self.usualWindow))",
      valueName: "pixels"))
  var window: Int?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "For occlusion: pixels from one window to the next. (default: half the window)",
      valueName: "pixels"))
  var stride: Int?

  private static let usualWindow = 32
  private static let classLimit = 16

  func validate() throws {
    if layer != nil && method != .gradcam {
      throw ValidationError("--layer is for --method gradcam.")
    }
    if (window != nil || stride != nil) && method != .occlusion {
      throw ValidationError("--window and --stride are for --method occlusion.")
    }
    if let window, window < 1 {
      throw ValidationError("--window must be at least 1.")
    }
    if let stride, stride < 1 {
      throw ValidationError("--stride must be at least 1.")
    }
    if classes.count > Self.classLimit {
      throw ValidationError("--class can be given at most \(Self.classLimit) times.")
    }
  }

  /// The method for a model.
  ///
  /// - Throws: what ends the command if the model has no such layer, or its input is smaller than a
  ///   window.
  func method(for model: Model) throws -> ExplanationMethod {
    let architecture = model.parameters.architecture
    switch method {
    case .gradient: return .gradient
    case .gradcam:
      let choices = architecture.explainableLayers
      let name = layer ?? architecture.lastConvolution ?? choices.last ?? ""
      guard choices.contains(name) else {
        throw CommandFailure(
          .usage,
          "the network of the model '\(model.name)' has no convolution or pooling "
            + "'\(ArgumentBytes.repaired(name))'",
          hint: "--layer can be " + choices.joined(separator: ", "))
      }
      return .gradCAM(layer: name)
    case .occlusion:
      let size = window ?? min(Self.usualWindow, architecture.inputSize)
      guard size <= architecture.inputSize, stride ?? 1 <= architecture.inputSize else {
        throw CommandFailure(
          .usage,
          "--window and --stride must be at most \(architecture.inputSize), the height and width "
            + "of the network's input")
      }
      return .occlusion(OcclusionWindows(size: size, stride: stride ?? max(1, size / 2)))
    }
  }

  /// The indices of the classes that the user named, each of them once; nil if none was named.
  ///
  /// - Throws: what ends the command if the model has no such class, or several of one label.
  func classIndices(of model: Model) throws -> [Int]? {
    guard !classes.isEmpty else { return nil }
    return try model.classIndices(of: classes)
  }
}
