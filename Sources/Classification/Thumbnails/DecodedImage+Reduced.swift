import Images
import Preprocessing

extension DecodedImage {
  /// The whole photo with its longest side at `side` pixels, or as it is where it is not larger.
  func reduced(toLongestSide side: Int) throws(PreprocessingError) -> RGBImage {
    let size = fullSize.reduced(toLongestSide: side)
    return try Preprocessing(
      steps: [.squash(width: size.width, height: size.height, antialias: true)],
      channels: .rgb, mean: [0, 0, 0], scale: [1, 1, 1]
    ).pixels(from: self)
  }
}

extension PixelSize {
  /// The size of the same form whose longest side is `side`, or this size where it is not larger.
  /// No side is shorter than 1.
  func reduced(toLongestSide side: Int) -> PixelSize {
    let longest = max(width, height)
    guard longest > side else { return self }
    func scaled(_ length: Int) -> Int {
      max(1, Int((Double(length) * Double(side) / Double(longest)).rounded()))
    }
    return PixelSize(width: scaled(width), height: scaled(height))
  }
}
