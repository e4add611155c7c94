import type { Names } from '../lib/types';

/** What a person might write, for the categories that come most; the place and the harm are what helps. */
const EXAMPLES: Record<string, Names> = {
  sat_lo: { vi: 'Đất đá sạt xuống nửa đường vào bản, xe máy không qua được.', en: 'Earth covers half the road to the village, motorbikes cannot pass.' },
  lu_lut: { vi: 'Nước suối dâng vào ba nhà cạnh ngầm, cần người giúp.', en: 'The stream has entered three houses by the ford, help is needed.' },
  duong_hong: { vi: 'Ổ gà sâu trước cổng trường, tối qua có người ngã.', en: 'A deep pothole at the school gate, somebody fell last night.' },
  rac_thai: { vi: 'Rác chất ven suối đã một tuần, mùi nặng.', en: 'Rubbish by the stream for a week, it smells.' },
  nuoc_sach: { vi: 'Bể nước của bản vỡ ống, ba ngày không có nước.', en: 'The pipe of the village tank is broken, no water for three days.' },
  dien: { vi: 'Cột điện nghiêng sau gió to, dây sát mái nhà.', en: 'A pole leans after the storm, the line touches a roof.' },
};

const ANY: Names = { vi: 'Ở đâu, từ bao giờ, ảnh hưởng tới ai.', en: 'Where, since when, whom it harms.' };

export const example = (category: string): Names => EXAMPLES[category] ?? ANY;
