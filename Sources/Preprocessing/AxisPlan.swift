/// One step of preprocessing along one axis.
enum AxisStep {
  case resize(AxisResize)
  /// Pixel `i` of the result is pixel `i + offset` of a source with `source` pixels. It is black if
  /// the source has no such pixel.
  case crop(offset: Int, source: Int)
}

/// Which pixels of every intermediate picture are needed along one axis.
///
/// Resizing and cropping treat columns and rows independently, so each axis has its own plan. The
/// needed pixels are found from the last step to the first, so that only those pixels are computed
/// that the later crops keep.
struct AxisPlan {
  /// `windows[i]` are the pixels that step `i` reads, and `windows[steps.count]` are those of the
  /// result. A window is empty if the result consists of padding only.
  let windows: [Range<Int>]

  init(steps: [AxisStep], resultSize: Int) {
    var windows = [0..<resultSize]
    for step in steps.reversed() {
      let wanted = windows[windows.count - 1]
      switch step {
      case .resize(let resize):
        windows.append(wanted.isEmpty ? 0..<0 : resize.sourceWindow(for: wanted))
      case .crop(let offset, let source):
        let moved = wanted.lowerBound + offset..<wanted.upperBound + offset
        windows.append(moved.clamped(to: 0..<source))
      }
    }
    self.windows = windows.reversed()
  }
}

/// The first pixel that a centre crop keeps; negative if the crop adds padding.
///
/// torchvision, `transforms/functional.py`, `center_crop`: a larger picture is cut at
/// `round((size - crop) / 2)`, half to even; a smaller one is padded by `(crop - size) / 2`,
/// rounded down, on the left.
func cropOffset(size: Int, crop: Int) -> Int {
  guard crop <= size else { return -((crop - size) / 2) }
  let (half, odd) = (size - crop).quotientAndRemainder(dividingBy: 2)
  return odd == 1 && half % 2 == 1 ? half + 1 : half
}
