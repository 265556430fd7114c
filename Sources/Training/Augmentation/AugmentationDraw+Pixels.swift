public import Images
import Preprocessing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension AugmentationDraw {
  /// The changed picture, `width` x `height` pixels.
  ///
  /// - Parameters:
  ///   - image: the picture before the last centre crop of its preprocessing.
  ///   - crop: height and width of the centre crop, in pixels of `image`, that is shown where no
  ///     window was drawn; nil for `width` and `height`.
  ///   - components: the principal components of the colours of the training pictures.
  ///   - random: draws the noise.
  public func pixels(
    of image: RGBImage, width: Int, height: Int, crop: Int? = nil, components: ColorComponents,
    random: inout RandomStream
  ) -> RGBImage {
    let changed = image.sampled(
      sampledWindow(of: image, width: width, height: height, crop: crop), width: width,
      height: height
    ) { mean in colorChange(mean: mean, components) }
    guard noise > 0 || erased != nil else { return changed }
    var pixels = changed.pixels
    if noise > 0 {
      for index in pixels.indices {
        let value = Float(pixels[index]) + Float(noise * random.normal())
        pixels[index] = UInt8(min(max(value, 0), 255).rounded())
      }
    }
    if let erased { erase(erased, &pixels, width, height, &random) }
    return RGBImage(width: width, height: height, pixels: pixels)
  }

  /// The window, turned and mirrored.
  private func sampledWindow(
    of image: RGBImage, width: Int, height: Int, crop: Int?
  ) -> AffineWindow {
    let (sourceWidth, sourceHeight) = (Double(image.width), Double(image.height))
    let region: Region
    if let window {
      region = window
    } else {
      let (x, y) = (Double(crop ?? width) / sourceWidth, Double(crop ?? height) / sourceHeight)
      region = Region(x: (1 - x) / 2, y: (1 - y) / 2, width: x, height: y)
    }
    let stepX = region.width * sourceWidth / Double(width) * (isMirrored ? -1 : 1)
    let stepY = region.height * sourceHeight / Double(height)
    let (cosine, sine) = (cos(angle), sin(angle))
    return AffineWindow(
      center: [
        (region.x + region.width / 2) * sourceWidth, (region.y + region.height / 2) * sourceHeight,
      ],
      column: [cosine * stepX, sine * stepX], row: [-sine * stepY, cosine * stepY])
  }

  /// Brightness, contrast, saturation and colour shift, in this order, as one change; nil where
  /// there is none.
  ///
  /// - Parameter mean: the mean colour of the picture.
  private func colorChange(mean: SIMD3<Double>, _ components: ColorComponents) -> ColorChange? {
    let shift = components.shift(colorShift)
    let hasShift = shift.contains { $0 != 0 }
    guard brightness != 1 || contrast != 1 || saturation != 1 || hasShift else { return nil }
    // ITU-R BT.601.
    let luma = SIMD3(0.299, 0.587, 0.114)
    let meanGrey = (luma * mean).sum() * brightness
    let own = brightness * contrast * saturation
    let grey = luma * (brightness * contrast * (1 - saturation))
    func column(_ channel: Int) -> SIMD3<Float> {
      var column = SIMD3<Double>(repeating: grey[channel])
      column[channel] += own
      return SIMD3<Float>(column)
    }
    let offset = SIMD3(shift[0], shift[1], shift[2]) + meanGrey * (1 - contrast)
    return ColorChange(
      red: column(0), green: column(1), blue: column(2), offset: SIMD3<Float>(offset))
  }

  private func erase(
    _ region: Region, _ pixels: inout [UInt8], _ width: Int, _ height: Int,
    _ random: inout RandomStream
  ) {
    let rows = Int(region.y * Double(height))..<Int((region.y + region.height) * Double(height))
    let columns = Int(region.x * Double(width))..<Int((region.x + region.width) * Double(width))
    for row in rows.clamped(to: 0..<height) {
      for column in columns.clamped(to: 0..<width) {
        for channel in 0..<3 {
          pixels[(row * width + column) * 3 + channel] = UInt8(random.uniform(0...255).rounded())
        }
      }
    }
  }
}
