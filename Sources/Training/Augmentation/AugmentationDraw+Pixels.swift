public import Images

extension AugmentationDraw {
  /// The changed picture, `width` x `height` pixels.
  ///
  /// - Parameters:
  ///   - image: the picture before the last centre crop of its preprocessing.
  ///   - components: the principal components of the colours of the training pictures.
  ///   - random: draws the noise.
  public func pixels(
    of image: RGBImage, width: Int, height: Int, components: ColorComponents,
    random: inout RandomStream
  ) -> RGBImage {
    var values = sampled(image, width: width, height: height)
    changeColors(&values, components)
    if noise > 0 {
      for index in values.indices { values[index] += Float(noise * random.normal()) }
    }
    if let erased { erase(erased, &values, width, height, &random) }
    return RGBImage(
      width: width, height: height,
      pixels: values.map { UInt8(min(max($0, 0), 255).rounded()) })
  }

  /// Takes the window, turned and mirrored, with bilinear interpolation. Pixels outside the picture
  /// are those at its edge.
  private func sampled(_ image: RGBImage, width: Int, height: Int) -> [Float] {
    let (sourceWidth, sourceHeight) = (Double(image.width), Double(image.height))
    let region: Region
    if let window {
      region = window
    } else {
      // The centre crop at its own scale.
      let (x, y) = (Double(width) / sourceWidth, Double(height) / sourceHeight)
      region = Region(x: (1 - x) / 2, y: (1 - y) / 2, width: x, height: y)
    }
    let stepX = region.width * sourceWidth / Double(width) * (isMirrored ? -1 : 1)
    let stepY = region.height * sourceHeight / Double(height)
    let centerX = (region.x + region.width / 2) * sourceWidth
    let centerY = (region.y + region.height / 2) * sourceHeight
    let (cosine, sine) = (cos(angle), sin(angle))
    var values = [Float](repeating: 0, count: width * height * 3)
    var position = 0
    for row in 0..<height {
      let y = (Double(row) + 0.5 - Double(height) / 2) * stepY
      for column in 0..<width {
        let x = (Double(column) + 0.5 - Double(width) / 2) * stepX
        // Pixel i covers i to i + 1, so its centre is at i + 0.5.
        let sourceX = centerX + cosine * x - sine * y - 0.5
        let sourceY = centerY + sine * x + cosine * y - 0.5
        let clampedX = min(max(sourceX, 0), sourceWidth - 1)
        let clampedY = min(max(sourceY, 0), sourceHeight - 1)
        let left = Int(clampedX)
        let top = Int(clampedY)
        let shareX = Float(clampedX - Double(left))
        let shareY = Float(clampedY - Double(top))
        let right = min(left + 1, image.width - 1)
        let bottom = min(top + 1, image.height - 1)
        let corners = (
          (top * image.width + left) * 3, (top * image.width + right) * 3,
          (bottom * image.width + left) * 3, (bottom * image.width + right) * 3
        )
        for channel in 0..<3 {
          let upper =
            Float(image.pixels[corners.0 + channel]) * (1 - shareX)
            + Float(image.pixels[corners.1 + channel]) * shareX
          let lower =
            Float(image.pixels[corners.2 + channel]) * (1 - shareX)
            + Float(image.pixels[corners.3 + channel]) * shareX
          values[position + channel] = upper * (1 - shareY) + lower * shareY
        }
        position += 3
      }
    }
    return values
  }

  /// Brightness, contrast, saturation and colour shift, in this order.
  private func changeColors(_ values: inout [Float], _ components: ColorComponents) {
    let shift = components.shift(colorShift).map(Float.init)
    let hasShift = shift.contains { $0 != 0 }
    guard brightness != 1 || contrast != 1 || saturation != 1 || hasShift else { return }
    let (brightness, contrast) = (Float(brightness), Float(contrast))
    let saturation = Float(saturation)
    var mean: Float = 0
    for pixel in stride(from: 0, to: values.count, by: 3) {
      mean += luma(values[pixel], values[pixel + 1], values[pixel + 2])
    }
    mean *= brightness * 3 / Float(values.count)
    for pixel in stride(from: 0, to: values.count, by: 3) {
      var (r, g, b) = (values[pixel], values[pixel + 1], values[pixel + 2])
      r = mean + (r * brightness - mean) * contrast
      g = mean + (g * brightness - mean) * contrast
      b = mean + (b * brightness - mean) * contrast
      let grey = luma(r, g, b)
      values[pixel] = grey + (r - grey) * saturation + shift[0]
      values[pixel + 1] = grey + (g - grey) * saturation + shift[1]
      values[pixel + 2] = grey + (b - grey) * saturation + shift[2]
    }
  }

  /// ITU-R BT.601.
  private func luma(_ r: Float, _ g: Float, _ b: Float) -> Float {
    0.299 * r + 0.587 * g + 0.114 * b
  }

  private func erase(
    _ region: Region, _ values: inout [Float], _ width: Int, _ height: Int,
    _ random: inout RandomStream
  ) {
    let rows = Int(region.y * Double(height))..<Int((region.y + region.height) * Double(height))
    let columns = Int(region.x * Double(width))..<Int((region.x + region.width) * Double(width))
    for row in rows.clamped(to: 0..<height) {
      for column in columns.clamped(to: 0..<width) {
        for channel in 0..<3 {
          values[(row * width + column) * 3 + channel] = Float(random.uniform(0...255))
        }
      }
    }
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
