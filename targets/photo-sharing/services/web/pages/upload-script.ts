/** Runs in the browser: puts the chosen picture into the form as base64, so that the form is sent like any other. */
export const UPLOAD_CODE = `const file = document.querySelector('input[type=file]');
file?.addEventListener('change', () => {
  const reader = new FileReader();
  reader.addEventListener('load', () => {
    file.form.elements.namedItem('image').value = String(reader.result).split(',')[1];
  });
  if (file.files[0]) reader.readAsDataURL(file.files[0]);
});
`;
