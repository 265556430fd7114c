import ArgumentParser
import Training

/// How training photos are changed at random.
struct AugmentationOptions: ParsableArguments {
  @Flag(help: "Change nothing: train on the photos as classification sees them.")
  var noAugmentation = false

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "The smallest part of a photo that is shown, as a share of its area; 1 takes the middle. "
        + "(default: 0.35)", valueName: "share"))
  var crop: Double?

  @Option(
    parsing: .number,
    help: ArgumentHelp("How often photos are mirrored. (default: 0.5)", valueName: "share"))
  var flip: Double?

  @Option(
    parsing: .number,
    help: ArgumentHelp("The largest rotation. (default: 5)", valueName: "degrees"))
  var rotation: Double?

  @Option(
    parsing: .number,
    help: ArgumentHelp("How much brightness varies. (default: 0.2)", valueName: "share"))
  var brightness: Double?

  @Option(
    parsing: .number,
    help: ArgumentHelp("How much contrast varies. (default: 0.2)", valueName: "share"))
  var contrast: Double?

  @Option(
    parsing: .number,
    help: ArgumentHelp("How much saturation varies. (default: 0.2)", valueName: "share"))
  var saturation: Double?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "How much colours shift along the principal components of the photos' colours. "
        + "(default: 0.1)", valueName: "share"))
  var colorShift: Double?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "The standard deviation of noise, of pixels from 0 to 255. (default: 0)",
      valueName: "level"))
  var noise: Double?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "How often a rectangle is replaced by noise. (default: 0)", valueName: "share"))
  var erasing: Double?

  private var strengths: [(option: String, value: Double?, limit: Double)] {
    [
      ("--flip", flip, 1), ("--rotation", rotation, 180), ("--brightness", brightness, 1),
      ("--contrast", contrast, 1), ("--saturation", saturation, 1),
      ("--color-shift", colorShift, 10), ("--noise", noise, 255), ("--erasing", erasing, 1),
    ]
  }

  func validate() throws {
    for (option, value, limit) in strengths {
      if let value, !(value >= 0 && value <= limit) {
        throw ValidationError("\(option) must be between 0 and \(limit).")
      }
    }
    if let crop, !(crop >= 0.01 && crop <= 1) {
      throw ValidationError("--crop must be between 0.01 and 1.")
    }
  }

  func apply(to augmentation: inout Augmentation) {
    if noAugmentation { augmentation = .none }
    if let crop { augmentation.crop = crop < 1 ? Augmentation.Crop(area: crop...1) : nil }
    if let flip { augmentation.flip = flip }
    if let rotation { augmentation.rotation = rotation }
    if let brightness { augmentation.brightness = brightness }
    if let contrast { augmentation.contrast = contrast }
    if let saturation { augmentation.saturation = saturation }
    if let colorShift { augmentation.colorShift = colorShift }
    if let noise { augmentation.noise = noise }
    if let erasing { augmentation.erasing = erasing }
  }
}
