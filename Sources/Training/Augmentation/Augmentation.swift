/// How training pictures are changed at random, so that the network rarely sees the same one twice.
///
/// Each change has a strength of its own; 0 or nil switches it off. Pixels are 0 to 255.
public struct Augmentation: Sendable, Equatable {
  /// A part of the picture, brought to the size of the network's input.
  public struct Crop: Sendable, Equatable {
    /// The area of the part, as a share of the picture's.
    public var area: ClosedRange<Double>
    /// Width over height of the part; drawn evenly on a logarithmic scale.
    public var aspect: ClosedRange<Double>

    public init(area: ClosedRange<Double>, aspect: ClosedRange<Double> = 3 / 4...4 / 3) {
      self.area = area
      self.aspect = aspect
    }
  }

  /// Nil: the centre crop that classification takes.
  public var crop: Crop?
  /// The probability of a mirror image.
  public var flip: Double
  /// The largest angle, in degrees, in both directions.
  public var rotation: Double
  /// The pixels are multiplied by a factor from 1 - brightness to 1 + brightness.
  public var brightness: Double
  /// The distance from the mean grey value is multiplied by a factor from 1 - contrast to 1 +
  /// contrast.
  public var contrast: Double
  /// The distance from grey is multiplied by a factor from 1 - saturation to 1 + saturation.
  public var saturation: Double
  /// The standard deviation of the shift along the principal components of the colours, as a share
  /// of each component's deviation (Krizhevsky, Sutskever and Hinton 2012, section 4.1: 0.1).
  public var colorShift: Double
  /// The standard deviation of Gaussian noise, in pixel values.
  public var noise: Double
  /// The probability that a rectangle of 2 to 20 % of the area is replaced by noise (Zhong and
  /// others, "Random erasing data augmentation", 2017).
  public var erasing: Double

  public init(
    crop: Crop? = nil, flip: Double = 0, rotation: Double = 0, brightness: Double = 0,
    contrast: Double = 0, saturation: Double = 0, colorShift: Double = 0, noise: Double = 0,
    erasing: Double = 0
  ) {
    self.crop = crop
    self.flip = flip
    self.rotation = rotation
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
    self.colorShift = colorShift
    self.noise = noise
    self.erasing = erasing
  }

  /// No change: what classification does.
  public static let none = Augmentation()

  /// For photos of things: strong enough to matter, weak enough that people still recognise them.
  public static let standard = Augmentation(
    crop: Crop(area: 0.35...1), flip: 0.5, rotation: 5, brightness: 0.2, contrast: 0.2,
    saturation: 0.2, colorShift: 0.1)

  /// Squares of 227 of 256 pixels, mirror images and colours: section 4.1 of Krizhevsky, Sutskever
  /// and Hinton 2012, whose squares of 224 pixels their network's sizes do not fit.
  public static let paper = Augmentation(
    crop: Crop(area: paperCrop...paperCrop, aspect: 1...1), flip: 0.5, colorShift: 0.1)

  private static let paperCrop = 227.0 * 227 / (256 * 256)
}

/// A rectangle, in shares of the sides of a picture.
public struct Region: Sendable, Equatable {
  public var x: Double
  public var y: Double
  public var width: Double
  public var height: Double

  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}

/// The changes drawn for one picture.
public struct AugmentationDraw: Sendable, Equatable {
  /// The part to take, as shares of the picture's width and height; nil for the centre crop.
  public var window: Region?
  public var isMirrored = false
  /// Clockwise, in radians.
  public var angle = 0.0
  public var brightness = 1.0
  public var contrast = 1.0
  public var saturation = 1.0
  /// By principal component, how many of its deviations are added.
  public var colorShift = [0.0, 0.0, 0.0]
  public var noise = 0.0
  /// The part of the result to erase, as shares of its sides.
  public var erased: Region?

  /// No change.
  public init() {}

  /// - Parameter aspect: width over height of the picture.
  public init(_ augmentation: Augmentation, aspect: Double, random: inout RandomStream) {
    if let crop = augmentation.crop {
      window = Self.window(crop, aspect: aspect, random: &random)
    }
    isMirrored = random.chance(augmentation.flip)
    angle = random.uniform(-1...1) * augmentation.rotation * .pi / 180
    brightness = 1 + random.uniform(-1...1) * augmentation.brightness
    contrast = 1 + random.uniform(-1...1) * augmentation.contrast
    saturation = 1 + random.uniform(-1...1) * augmentation.saturation
    colorShift = (0..<3).map { _ in random.normal() * augmentation.colorShift }
    noise = augmentation.noise
    if random.chance(augmentation.erasing) {
      let area = random.uniform(0.02...0.2)
      let ratio = exp(random.uniform(-log(3)...log(3)))
      let width = min(1, (area * ratio).squareRoot())
      let height = min(1, (area / ratio).squareRoot())
      erased = Region(
        x: random.uniform(0...(1 - width)), y: random.uniform(0...(1 - height)), width: width,
        height: height)
    }
  }

  private static func window(
    _ crop: Augmentation.Crop, aspect: Double, random: inout RandomStream
  ) -> Region {
    // As torchvision's RandomResizedCrop: ten tries, then the largest part of an allowed aspect.
    for _ in 0..<10 {
      let area = random.uniform(crop.area)
      let wanted = exp(random.uniform(log(crop.aspect.lowerBound)...log(crop.aspect.upperBound)))
      // Shares of the sides, whose product is the area and whose ratio gives the wanted aspect.
      let width = (area * wanted / aspect).squareRoot()
      let height = (area / wanted * aspect).squareRoot()
      if width <= 1 && height <= 1 {
        return Region(
          x: random.uniform(0...(1 - width)), y: random.uniform(0...(1 - height)), width: width,
          height: height)
      }
    }
    let wanted = min(max(aspect, crop.aspect.lowerBound), crop.aspect.upperBound)
    let width = min(1, wanted / aspect)
    let height = min(1, aspect / wanted)
    return Region(x: (1 - width) / 2, y: (1 - height) / 2, width: width, height: height)
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
